select
    -- ids
    account_id as seller_id,
    resource,

    -- times
    {{ utc_timestamp('until') }} as read_until_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'cursors') }}
