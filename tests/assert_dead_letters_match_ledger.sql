-- The dead letters of the newest load of each source are as many as its ledger says.
with newest_loads as (

    select
        source,
        max(load_id) as load_id
    from {{ ref('stg_ops__ledger_entries') }}
    group by source

),

counted as (

    select
        ledger.source,
        ledger.load_id,
        sum(ledger.dead_lettered_rows) as dead_lettered_rows
    from {{ ref('stg_ops__ledger_entries') }} as ledger
    inner join newest_loads
        on ledger.source = newest_loads.source and ledger.load_id = newest_loads.load_id
    group by ledger.source, ledger.load_id

),

letters as (

    select
        source,
        load_id,
        sum(occurrences) as occurrence_count
    from {{ ref('stg_ops__dead_letters') }}
    group by source, load_id

)

select
    counted.source,
    counted.load_id,
    counted.dead_lettered_rows,
    letters.occurrence_count
from counted
left join letters on counted.source = letters.source and counted.load_id = letters.load_id
where counted.dead_lettered_rows <> coalesce(letters.occurrence_count, 0)
