with listings as (

    select * from {{ ref('int_listings_identified') }}

)

select
    listings.item_id,
    listings.variation_id,
    min(heirs.created_at) as migrated_at

from listings
inner join listings as heirs
    on listings.product_id = heirs.product_id and listings.created_at < heirs.created_at
where listings.is_closed and heirs.is_from_migration
group by listings.item_id, listings.variation_id
