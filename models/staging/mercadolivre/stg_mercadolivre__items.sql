select
    -- ids
    id as item_id,
    seller_id,
    category_id,
    domain_id,
    family_id,
    user_product_id,
    catalog_product_id,
    inventory_id,
    official_store_id,
    listing_type_id,
    currency_id,
    site_id,
    seller_sku,
    seller_custom_field,
    {{ json_attribute('attributes', 'GTIN') }} as gtin,
    {{ json_list_element('pictures', 0) }} as first_picture_id,

    -- text
    title,
    family_name,
    {{ json_attribute('attributes', 'BRAND') }} as brand_name,
    condition,
    buying_mode,
    shipping_mode,
    logistic_type,
    status,
    {{ json_list_text('sub_status') }} as sub_statuses,
    warranty,
    permalink,

    -- numbers
    cast(price as decimal(18, 2)) as price_amount,
    cast(base_price as decimal(18, 2)) as base_price_amount,
    cast(original_price as decimal(18, 2)) as original_price_amount,
    initial_quantity,
    available_quantity,
    sold_quantity,
    {{ json_list_count('pictures') }} as picture_count,
    health as health_share,

    -- booleans
    catalog_listing as is_catalog_listing,
    free_shipping as has_free_shipping,
    store_pick_up as has_store_pick_up,
    {{ json_list_contains('tags', 'variations_migration_uptin') }} as is_from_migration,
    {{ json_list_contains('sub_status', 'deleted') }} as is_deleted,

    -- times
    {{ utc_timestamp('date_created') }} as created_at,
    {{ utc_timestamp('start_time') }} as started_at,
    {{ utc_timestamp('last_updated') }} as updated_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'items') }}
