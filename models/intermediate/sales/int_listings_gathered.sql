{%- set key = 'item_id, variation_id' -%}

with sightings as (

    select * from {{ ref('int_listings_sighted') }}

),

items as (

    select * from {{ ref('stg_mercadolivre__items') }}

),

lines as (

    select * from {{ ref('int_order_lines_cleaned') }}

),

sellers as (

    select
        item_id,
        max(seller_id) as seller_id
    from lines
    group by item_id

),

known as (

    select distinct
        {{ key }},
        {{ first_known('user_product_id', key, 'first_seen_at') }} as first_user_product_id,
        {{ first_known('user_product_id', key, 'last_seen_at desc') }} as user_product_id,
        {{ first_known('seller_sku', key, 'first_seen_at') }} as first_seller_sku,
        {{ first_known('seller_sku', key, 'last_seen_at desc') }} as seller_sku,
        {{ first_known('catalog_product_id', key, 'last_seen_at desc') }} as catalog_product_id,
        min(first_seen_at) over (partition by {{ key }}) as first_seen_at
    from sightings

)

select
    known.item_id,
    known.variation_id,
    coalesce(items.seller_id, sellers.seller_id) as seller_id,
    known.first_user_product_id,
    known.user_product_id,
    -- a SKU that variations of one listing share is their family's
    case
        when
            count(*) over (partition by known.item_id, known.first_seller_sku) = 1
            then known.first_seller_sku
    end as distinct_seller_sku,
    known.seller_sku,
    known.catalog_product_id,
    items.family_id,
    items.item_id is not null as is_known,
    coalesce(items.status = 'closed', false) as is_closed,
    coalesce(items.is_from_migration, false) as is_from_migration,
    least(items.created_at, known.first_seen_at) as created_at,
    items.updated_at

from known
left join items on known.item_id = items.item_id
left join sellers on known.item_id = sellers.item_id
