select
    -- ids
    item_id,

    -- numbers
    total as visit_count,

    -- times
    cast({{ utc_timestamp('date') }} as date) as visit_date,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'item_visits') }}
