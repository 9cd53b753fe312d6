select
    -- ids
    product_id,
    _dlt_load_id as batch_id,

    -- text
    source,

    -- numbers
    offer_count,

    -- booleans
    is_complete,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'product_observations') }}
