-- A product, and what it was; a catalogue's product has neither versions nor listings here.
with products as (

{products}

)

select
    (select cast(as_of as date) from source_freshness where source = 'mercadolivre') as as_of,
    row_to_json(answer) as body
from products
cross join lateral (
    select
        products.*,
        array_to_json(array(
            select row_to_json(found) from (
                select
                    valid_from at time zone 'utc' as valid_from,
                    nullif(valid_to, '9999-12-31') at time zone 'utc' as valid_to,
                    title,
                    category_id,
                    status,
                    list_price_amount,
                    is_deleted
                from dim_product
                where product_id = products.product_id
                order by dim_product.valid_from
            ) as found
        )) as versions,
        array_to_json(array(
            select row_to_json(found) from (
                select
                    item_id,
                    variation_id,
                    seller_sku,
                    valid_from at time zone 'utc' as valid_from,
                    nullif(valid_to, '9999-12-31') at time zone 'utc' as valid_to
                from product_identity
                where product_id = products.product_id
                order by product_identity.valid_from, item_id, variation_id
            ) as found
        )) as listings
) as answer
where products.product_id = %(product_id)s
order by products.kind desc
limit 1
