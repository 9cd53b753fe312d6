{#
    How dbt makes a table on PostgreSQL, but under a contract too by `create table as`: that fills
    it in bulk and in parallel, which `insert` cannot, in half the time. The columns' types and
    their constraint `not_null`, the only one known here, hold as they do elsewhere.
#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set is_under_contract = config.get('contract').enforced and not temporary -%}
    {{ config.get('sql_header') or '' }}
    create {{ 'temporary' if temporary }} table {{ relation }} as
    {%- if is_under_contract %}
    {{ get_assert_columns_equivalent(sql) }}
    select
        {%- for column in model.columns.values() %}
        cast({{ column.name }} as {{ api.Column.translate_type(column.data_type) }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as modelled;
    {%- set required = [] -%}
    {%- for column in model.columns.values() if column.constraints -%}
        {%- do required.append('alter column ' ~ column.name ~ ' set not null') -%}
    {%- endfor %}
    {{ 'alter table ' ~ relation ~ ' ' ~ required | join(', ') if required }}
    {%- else %}
    (
        {{ sql }}
    )
    {%- endif %};
{%- endmacro %}
