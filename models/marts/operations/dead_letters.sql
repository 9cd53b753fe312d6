with letters as (

    select * from {{ ref('stg_ops__dead_letters') }}

)

-- the payload stays in ops: it may hold personal data
select
    {{ surrogate_key(['source', 'resource', 'dead_letter_id']) }} as dead_letter_key,
    source,
    resource,
    stage,
    status,
    error_class,
    error_message,
    http_status,
    location,
    occurrences,
    attempts,
    load_id,
    first_seen_at,
    last_seen_at

from letters
