with users as (

    select * from {{ ref('stg_mercadolivre__users') }}

),

offers as (

    select * from {{ ref('stg_mercadolivre__offer_observations') }}

),

companies as (

    select * from {{ ref('seller_companies') }}

),

known as (

    select seller_id from users
    union
    select seller_id from offers

)

select
    known.seller_id,
    users.nickname,
    coalesce(users.cnpj, companies.cnpj) as cnpj,
    users.state_id,
    users.state_id || ' ' || {{ replace_pattern(
        'upper(' ~ fold_accents('users.city_name') ~ ')', '[^A-Z]', ''
    ) }} as city_key,
    cast(users.registered_at as date) as registered_date,
    {{ nickname_key('users.nickname') }} as nickname_key

from known
left join users on known.seller_id = users.seller_id
left join companies on known.seller_id = companies.seller_id
