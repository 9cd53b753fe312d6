select
    'own' as kind,
    product_id,
    title as name,
    brand_name,
    status,
    seller_id,
    seller_sku,
    item_id,
    variation_name,
    catalog_product_id,
    cast(null as text) as gtin,
    category_id,
    cast(null as text) as domain_id,
    list_price_amount,
    currency_id,
    is_deleted
from dim_product
where is_current

union all

select
    'catalogue' as kind,
    catalog_product_id as product_id,
    product_name as name,
    brand_name,
    status,
    cast(null as bigint) as seller_id,
    cast(null as text) as seller_sku,
    cast(null as text) as item_id,
    cast(null as text) as variation_name,
    catalog_product_id,
    gtin,
    cast(null as text) as category_id,
    domain_id,
    cast(null as numeric) as list_price_amount,
    cast(null as text) as currency_id,
    false as is_deleted
from dim_catalog_product
