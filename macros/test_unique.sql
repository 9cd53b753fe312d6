{#
    dbt's test `unique`. Where PostgreSQL has a unique index on the column, it has refused already
    what the test looks for, and to count 70 million keys again would show nothing new.
#}
{% macro postgres__test_unique(model, column_name) -%}
    {%- set is_enforced = execute and model is not string and run_query(
        "select 1 from pg_index where indisunique and indpred is null"
        ~ " and indrelid = to_regclass('" ~ model ~ "')"
        ~ " and pg_get_indexdef(indexrelid) like '%(" ~ column_name ~ ")'"
    ) | length > 0 -%}
    {%- if is_enforced -%}
        select '{{ column_name }}' as enforced_by_a_unique_index where false
    {%- else -%}
        {{ default__test_unique(model, column_name) }}
    {%- endif -%}
{%- endmacro %}
