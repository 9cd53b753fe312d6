with users as (

    select * from {{ ref('stg_mercadolivre__users') }}

),

official_stores as (

    select * from {{ ref('int_official_stores_observed') }}

)

select
    users.seller_id,
    users.nickname,
    users.user_type,
    users.state_id,
    users.city_name,
    users.reputation_level_id,
    users.power_seller_status,
    users.site_status,
    users.is_own,
    users.is_partial,
    official_stores.official_store_id,
    users.registered_at,
    users.observed_at

from users
left join official_stores on users.seller_id = official_stores.seller_id
