{%- set identifiers = 'item_id, variation_id, user_product_id, seller_sku, catalog_product_id' -%}

with items as (

    select * from {{ ref('stg_mercadolivre__items') }}

),

variations as (

    select * from {{ ref('stg_mercadolivre__item_variations') }}

),

stock as (

    select * from {{ ref('stg_mercadolivre__stock_observations') }}

),

lines as (

    select * from {{ ref('int_order_lines_cleaned') }}

),

sightings as (

    select
        items.item_id,
        0 as variation_id,
        items.user_product_id,
        coalesce(items.seller_sku, items.seller_custom_field) as seller_sku,
        items.catalog_product_id,
        items.observed_at as seen_at
    from items
    left join variations on items.item_id = variations.item_id
    where variations.item_id is null

    union all

    select
        item_id,
        variation_id,
        user_product_id,
        coalesce(seller_sku, seller_custom_field) as seller_sku,
        catalog_product_id,
        observed_at as seen_at
    from variations

    union all

    select
        item_id,
        variation_id,
        user_product_id,
        null as seller_sku,
        null as catalog_product_id,
        observed_at as seen_at
    from stock

    union all

    select
        item_id,
        variation_id,
        user_product_id,
        seller_sku,
        null as catalog_product_id,
        sold_at as seen_at
    from lines

)

select
    {{ identifiers }},
    min(seen_at) as first_seen_at,
    max(seen_at) as last_seen_at

from sightings
group by {{ identifiers }}
