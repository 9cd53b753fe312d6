with versions as (

    select * from {{ ref('seller_snapshot') }}
    -- half an answer says nothing once there is a whole one
    where
        dbt_valid_from < dbt_valid_to
        and (not is_partial or dbt_valid_to = cast('9999-12-31' as timestamp))

),

users as (

    select * from {{ ref('stg_mercadolivre__users') }}

),

companies as (

    select * from {{ ref('seller_companies') }}

),

first_orders as (

    select
        seller_id,
        min(created_at) as ordered_at
    from {{ ref('stg_mercadolivre__orders') }}
    group by seller_id

),

dated as (

    select
        *,
        lag(dbt_valid_from) over (partition by seller_id order by dbt_valid_from) as earlier_from
    from versions

)

select
    dated.dbt_scd_id as seller_key,
    dated.seller_id,
    dated.nickname,
    dated.user_type,
    dated.state_id,
    case
        when {{ matches('dated.state_id', 'BR-[A-Z]{2}') }} then substring(dated.state_id, 4, 2)
    end as uf,
    dated.city_name,
    dated.reputation_level_id,
    dated.power_seller_status,
    dated.official_store_id,
    dated.site_status,
    dated.is_own,
    coalesce(users.cnpj, companies.cnpj) as cnpj,
    substring(coalesce(users.cnpj, companies.cnpj), 1, 8) as company_id,
    dated.registered_at,
    case
        when dated.earlier_from is null
            then least(dated.dbt_valid_from, dated.registered_at, first_orders.ordered_at)
        else dated.dbt_valid_from
    end as valid_from,
    dated.dbt_valid_to as valid_to,
    dated.dbt_valid_to = cast('9999-12-31' as timestamp) as is_current,
    dated.dbt_is_deleted = 'True' as is_deleted

from dated
left join users on dated.seller_id = users.seller_id
left join companies on dated.seller_id = companies.seller_id
left join first_orders on dated.seller_id = first_orders.seller_id
