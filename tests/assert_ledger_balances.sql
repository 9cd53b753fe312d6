-- Every row a source had was loaded, deduplicated, dead-lettered or knowingly left out.
select *
from {{ ref('stg_ops__ledger_entries') }}
where
    source_rows
    <> loaded_rows + deduplicated_rows + dead_lettered_rows + truncated_rows
