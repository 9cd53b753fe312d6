-- after the build has posted the copies it found
-- depends_on: {{ ref('int_duplicates_counted') }}
with ledger as (

    select * from {{ ref('stg_ops__ledger_entries') }}

)

select
    {{ surrogate_key(['load_id', 'source', 'resource', 'part']) }} as load_part_key,
    load_id,
    source,
    resource,
    part,
    as_of,
    source_rows,
    loaded_rows,
    deduplicated_rows,
    dead_lettered_rows,
    truncated_rows,
    truncated_reason,
    source_rows - loaded_rows - deduplicated_rows - dead_lettered_rows - truncated_rows
        as unexplained_rows,
    started_at,
    finished_at

from ledger
