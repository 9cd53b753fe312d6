select
    -- ids
    item_id,
    variation_id,
    user_product_id,
    _dlt_load_id as batch_id,

    -- text
    status as item_status,

    -- numbers
    available_quantity,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'stock_observations') }}
