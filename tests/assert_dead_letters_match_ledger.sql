-- A letter is of the newest load that met it, and counts how often that load did. So no load has
-- more letters than its ledger says, and the newest of each source, from which no later one can
-- have taken any, has exactly as many. What became of a letter since (replayed, discarded) changes
-- neither: it stays with the load that met it, and what gets it is a load with entries of its own.
with counted as (

    select
        source,
        load_id,
        sum(dead_lettered_rows) as dead_lettered_rows
    from {{ ref('stg_ops__ledger_entries') }}
    group by source, load_id

),

newest_loads as (

    select
        source,
        max(load_id) as load_id
    from counted
    group by source

),

letters as (

    select
        source,
        load_id,
        sum(occurrences) as occurrence_count
    from {{ ref('stg_ops__dead_letters') }}
    group by source, load_id

),

compared as (

    select
        coalesce(counted.source, letters.source) as source,
        coalesce(counted.load_id, letters.load_id) as load_id,
        coalesce(counted.dead_lettered_rows, 0) as dead_lettered_rows,
        coalesce(letters.occurrence_count, 0) as occurrence_count
    from counted
    full outer join letters
        on counted.source = letters.source and counted.load_id = letters.load_id

)

select compared.*
from compared
left join newest_loads
    on compared.source = newest_loads.source and compared.load_id = newest_loads.load_id
where
    compared.occurrence_count > compared.dead_lettered_rows
    or (
        newest_loads.load_id is not null
        and compared.occurrence_count <> compared.dead_lettered_rows
    )
