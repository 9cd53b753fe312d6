{#
    dbt's test `unique`. Where PostgreSQL has a unique index on the column, it has refused already
    what the test looks for, and to count 70 million keys again would show nothing new.
#}
{% macro postgres__test_unique(model, column_name) -%}
    {%- set index = "
        select 1
        from pg_index
        inner join pg_attribute
            on pg_index.indrelid = pg_attribute.attrelid
            and pg_index.indkey[0] = pg_attribute.attnum
        where
            pg_index.indrelid = to_regclass('" ~ model ~ "')
            and pg_attribute.attname = '" ~ column_name ~ "'
            and pg_index.indisunique and pg_index.indisvalid
            and pg_index.indnkeyatts = 1 and pg_index.indpred is null
    " -%}
    {%- if execute and model is not string and run_query(index) | length > 0 -%}
        select '{{ column_name }}' as enforced_by_a_unique_index where false
    {%- else -%}
        {{ default__test_unique(model, column_name) }}
    {%- endif -%}
{%- endmacro %}
