select
    -- ids
    item_id,
    id as price_id,
    currency_id,
    _dlt_load_id as batch_id,

    -- text
    type as price_type,
    contexts,
    amount_tax_inclusion_type as tax_inclusion,

    -- numbers
    cast(amount as decimal(18, 2)) as price_amount,
    cast(regular_amount as decimal(18, 2)) as regular_price_amount,
    min_purchase_unit as minimum_quantity,

    -- times
    {{ utc_timestamp('start_time') }} as starts_at,
    {{ utc_timestamp('end_time') }} as ends_at,
    {{ utc_timestamp('last_updated') }} as updated_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'price_observations') }}
