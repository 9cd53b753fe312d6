{#
    The raw tables hold exactly the rows the ledger says this load brought, copies included, which
    the build takes from those loaded. Everything downstream
    of the model waits for it. They are named directly: with more parents than the model, dbt
    would make nothing wait for the test.
#}
{% test holds_every_row(model, raw_schema, tables) %}
    {%- set ledger = api.Relation.create(
        database=target.database, schema='ops', identifier='load_ledger'
    ) %}

    with loaded as (
        select
            ledger.resource,
            sum(ledger.loaded_rows + ledger.deduplicated_rows) as row_count
        from {{ ledger }} as ledger
        inner join {{ model }} as releases on ledger.load_id = releases.load_id
        group by ledger.resource
    ),

    found as (
        {%- for table in tables %}
        select
            '{{ table }}' as resource,
            count(*) as row_count
        from {{ api.Relation.create(database=target.database, schema=raw_schema, identifier=table) }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )

    select
        found.resource,
        loaded.row_count as loaded_rows,
        found.row_count as found_rows
    from found
    left join loaded on found.resource = loaded.resource
    where found.row_count <> coalesce(loaded.row_count, 0)
{% endtest %}
