-- What loads did with every row, newest first.
select
    json_build_array(cast(ledger.started_at as text), ledger.load_part_key) as key,
    row_to_json(element) as element
from load_ledger as ledger
cross join lateral (
    select
        ledger.load_part_key,
        ledger.load_id,
        ledger.source,
        ledger.resource,
        ledger.part,
        ledger.as_of at time zone 'utc' as as_of,
        ledger.source_rows,
        ledger.loaded_rows,
        ledger.deduplicated_rows,
        ledger.dead_lettered_rows,
        ledger.truncated_rows,
        ledger.truncated_reason,
        ledger.unexplained_rows,
        ledger.started_at at time zone 'utc' as started_at,
        ledger.finished_at at time zone 'utc' as finished_at
) as element
where {filters}
order by ledger.started_at desc, ledger.load_part_key desc
limit %(limit)s
