select
    -- ids
    item_id,
    id as variation_id,
    user_product_id,
    catalog_product_id,
    inventory_id,
    seller_sku,
    seller_custom_field,
    {{ json_list_element('picture_ids', 0) }} as first_picture_id,

    -- text
    {{ json_list_text('attribute_combinations', 'value_name') }} as variation_name,

    -- numbers
    cast(price as decimal(18, 2)) as price_amount,
    available_quantity,
    sold_quantity,
    {{ json_list_count('picture_ids') }} as picture_count,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'item_variations') }}
