select
    -- ids
    load_id,
    source,
    resource,
    part,

    -- text
    truncated_reason,

    -- numbers
    source_rows,
    loaded_rows,
    deduplicated_rows,
    dead_lettered_rows,
    truncated_rows,

    -- times
    as_of,
    started_at,
    finished_at

from {{ source('ops', 'load_ledger') }}
