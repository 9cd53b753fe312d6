select
    -- ids
    order_id,
    position,
    item_id,
    variation_id,
    user_product_id,
    category_id,
    listing_type_id,
    currency_id,
    seller_sku,
    seller_custom_field,
    element_id,
    {{ json_list_element('stock', 0, 'store_id') }} as store_id,
    {{ json_list_element('stock', 0, 'network_node_id') }} as network_node_id,

    -- text
    title as item_title,
    {{ json_list_text('variation_attributes', 'value_name') }} as variation_name,
    condition,

    -- numbers
    quantity,
    requested_quantity,
    cast(unit_price as decimal(18, 2)) as unit_price_amount,
    cast(full_unit_price as decimal(18, 2)) as full_unit_price_amount,
    cast(sale_fee as decimal(18, 2)) as unit_sale_fee_amount,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'order_items') }}
