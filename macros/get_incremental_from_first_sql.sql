{#
    The incremental strategy `from_first`: from its first new row on, a series gives way to the new
    rows. `unique_key` is [the series' column, the column that orders it].
#}
{% macro get_incremental_from_first_sql(arguments) -%}
    {%- set target, source = arguments.target_relation, arguments.temp_relation -%}
    {%- set series, place = arguments.unique_key -%}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set analyzed = analyze_table(source) -%}
    {{ analyzed ~ ';' if analyzed | trim }}
    delete from {{ target }} as old
    using (
        select {{ series }}, min({{ place }}) as first_place from {{ source }} group by {{ series }}
    ) as new
    where old.{{ series }} = new.{{ series }} and old.{{ place }} >= new.first_place;
    insert into {{ target }} ({{ columns }}) select {{ columns }} from {{ source }}
{%- endmacro %}
