select
    -- ids
    id as user_product_id,
    user_id as seller_id,
    family_id,
    catalog_product_id,
    domain_id,
    seller_sku,
    {{ json_attribute('attributes', 'GTIN') }} as gtin,

    -- text
    name as user_product_name,
    {{ json_attribute('attributes', 'BRAND') }} as brand_name,

    -- times
    {{ utc_timestamp('date_created') }} as created_at,
    {{ utc_timestamp('last_updated') }} as updated_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'user_products') }}
