select
    -- ids
    item_id,
    context,
    price_id,
    promotion_id,
    currency_id,
    _dlt_load_id as batch_id,

    -- text
    promotion_type,

    -- numbers
    cast(amount as decimal(18, 2)) as price_amount,
    cast(regular_amount as decimal(18, 2)) as regular_price_amount,

    -- times
    {{ utc_timestamp('reference_date') }} as reference_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'sale_price_observations') }}
