select
    -- ids
    payload_hash as dead_letter_id,
    load_id,
    source,
    resource,

    -- text
    stage,
    status,
    error_class,
    error_message,
    location,

    -- numbers
    occurrences,
    attempts,
    http_status,

    -- times
    first_seen_at,
    last_seen_at

from {{ source('ops', 'dead_letter') }}
