-- of its listings, a product shows the one that is for sale, and of several the newest
with numbered as (

    select
        *,
        row_number() over (
            partition by product_id
            order by
                case when is_known then 0 else 1 end,
                case when is_closed then 1 else 0 end,
                created_at desc,
                item_id desc,
                variation_id desc
        ) as place_number,
        max(updated_at) over (partition by product_id) as product_updated_at
    from {{ ref('int_listings_identified') }}

)

select
    product_id,
    item_id,
    variation_id,
    seller_id,
    user_product_id,
    seller_sku,
    catalog_product_id,
    family_id,
    product_updated_at as updated_at

from numbered
where place_number = 1
