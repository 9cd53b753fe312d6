with listings as (

    select * from {{ ref('int_listings_identified') }}

),

user_products as (

    select * from {{ ref('stg_mercadolivre__user_products') }}

),

closed as (

    select * from {{ ref('int_listings_closed') }}

),

migrated as (

    select * from {{ ref('int_listings_migrated') }}

)

select
    {{ surrogate_key(['listings.item_id', 'listings.variation_id']) }} as listing_key,
    listings.item_id,
    listings.variation_id,
    listings.product_id,
    listings.seller_id,
    listings.user_product_id,
    coalesce(listings.family_id, user_products.family_id) as family_id,
    coalesce(listings.catalog_product_id, user_products.catalog_product_id) as catalog_product_id,
    listings.seller_sku,
    listings.is_known,
    listings.is_from_migration,
    listings.created_at as valid_from,
    case
        when listings.is_closed
            then least(migrated.migrated_at, closed.first_seen_closed_at, listings.updated_at)
        else cast('9999-12-31' as timestamp)
    end as valid_to

from listings
left join user_products on listings.user_product_id = user_products.user_product_id
left join closed on listings.item_id = closed.item_id
left join migrated
    on
        listings.item_id = migrated.item_id
        and listings.variation_id = migrated.variation_id
