{#
    An empty table for every declared table of a source that was never loaded, so that a build needs
    no source in particular. Of a source that the ledger knows nothing is made up: a table that is
    lost has to fail the build, not to empty the marts and to end every history. A schema with a table
    `alembic_version` is its migrations'.
#}
{% macro create_missing_sources() -%}
    {%- if execute -%}
        {%- set sources = graph.sources.values() | selectattr('columns') | list -%}
        {%- set schemas = sources | map(attribute='schema') | unique | list -%}
        {%- set found = qualified_names(
            "select table_schema, table_name from information_schema.tables"
            ~ " where table_catalog = current_database()"
            ~ " and table_schema in ('" ~ schemas | join("', '") ~ "')"
        ) if sources else [] -%}
        {%- set missing = [] -%}
        {%- for source in sources
            if source.schema ~ '.' ~ source.identifier not in found
            and source.schema ~ '.alembic_version' not in found -%}
            {%- do missing.append(source) -%}
        {%- endfor -%}
        {%- set loaded = qualified_names(
            "select distinct source, 'loaded' from ops.load_ledger"
        ) if missing and 'ops.load_ledger' in found else [] -%}

        {%- for source in missing if source.source_name ~ '.loaded' not in loaded %}
            create schema if not exists {{ adapter.quote(source.schema) }};
            create table if not exists {{ source.relation_name }} (
                {%- for column in source.columns.values() %}
                {{ adapter.quote(column.name) }} {{ column_type(column.data_type) }}
                {{- ',' if not loop.last }}
                {%- endfor %}
            );
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}

{# The rows of a query of two columns, as `first.second`. #}
{% macro qualified_names(query) -%}
    {%- set names = [] -%}
    {%- for row in run_query(query) -%}
        {%- do names.append(row[0] ~ '.' ~ row[1]) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
