select
    -- ids
    thing_id,
    resource,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'answers') }}
