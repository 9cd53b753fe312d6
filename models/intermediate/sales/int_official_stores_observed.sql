with stores as (

    select
        seller_id,
        official_store_id
    from {{ ref('stg_mercadolivre__items') }}

    union all

    select
        seller_id,
        official_store_id
    from {{ ref('stg_mercadolivre__offer_observations') }}

)

select
    seller_id,
    min(official_store_id) as official_store_id

from stores
group by seller_id
