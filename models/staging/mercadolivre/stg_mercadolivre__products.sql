select
    -- ids
    id as product_id,
    parent_id as parent_product_id,
    domain_id,
    site_id,
    {{ json_attribute('attributes', 'GTIN') }} as gtin,
    {{ json_attribute('attributes', 'MPN') }} as mpn,
    {{ json_list_element('pictures', 0) }} as first_picture_id,

    -- text
    name as product_name,
    family_name,
    {{ json_attribute('attributes', 'BRAND') }} as brand_name,
    status,
    type as product_type,
    quality_type,
    listing_strategy,

    -- numbers
    sold_quantity,
    {{ json_list_count('children_ids') }} as child_count,
    {{ json_list_count('pictures') }} as picture_count,

    -- times
    {{ utc_timestamp('date_created') }} as created_at,
    {{ utc_timestamp('last_updated') }} as updated_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'products') }}
