select
    -- ids
    user_product_id,
    position,
    user_id as seller_id,
    store_id,
    network_node_id,

    -- text
    type as place_type,
    version as stock_version,

    -- numbers
    quantity as available_quantity,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'user_product_stock_observations') }}
