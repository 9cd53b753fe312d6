{#
    Account for the copies of the loaded release, given a relation of their number by resource: a
    line of the ledger takes them from the rows loaded and counts them as deduplicated, so that the
    sums of a load tell how many rows are in the marts. Written anew at every build.
#}
{% macro record_duplicates(counted) -%}
    delete from ops.load_ledger
    where part = 'repeated keys' and load_id in (select load_id from raw_cnpj.releases);
    insert into ops.load_ledger (
        load_id, source, resource, part, as_of, source_rows, loaded_rows, deduplicated_rows,
        dead_lettered_rows, truncated_rows, started_at, finished_at
    )
    select
        ledger.load_id,
        ledger.source,
        ledger.resource,
        'repeated keys',
        min(ledger.as_of),
        0,
        -min(counted.row_count),
        min(counted.row_count),
        0,
        0,
        min(ledger.started_at),
        max(ledger.finished_at)
    from ops.load_ledger as ledger
    inner join raw_cnpj.releases as releases on ledger.load_id = releases.load_id
    inner join {{ counted }} as counted on ledger.resource = counted.resource
    where counted.row_count > 0
    group by ledger.load_id, ledger.source, ledger.resource
{%- endmacro %}
