{#
    Stop where the ledger says that the release has rows and a table has none. On PostgreSQL the raw
    registry is unlogged: a crash of the server empties it, which must not end every history.
#}
{% macro require_loaded_rows() -%}
    {%- if execute -%}
        {%- set found = qualified_names(
            "select table_schema, table_name from information_schema.tables"
            ~ " where table_catalog = current_database()"
            ~ " and table_schema in ('raw_cnpj', 'ops')"
        ) -%}
        {%- if 'raw_cnpj.releases' in found and 'ops.load_ledger' in found -%}
            {%- set loaded = qualified_names(
                "select 'raw_cnpj', resource from ops.load_ledger"
                ~ " where load_id in (select load_id from raw_cnpj.releases) and loaded_rows > 0"
                ~ " group by resource"
            ) -%}
            {%- set queries = [] -%}
            {%- for table in loaded if table in found -%}
                {%- set schema, name = table.split('.') -%}
                {%- do queries.append(
                    "select '" ~ schema ~ "', '" ~ name ~ "'"
                    ~ " where not exists (select 1 from " ~ table ~ ")"
                ) -%}
            {%- endfor -%}
            {%- set lost = qualified_names(queries | join(' union all ')) if queries else [] -%}
            {%- for table in lost -%}
                {{ exceptions.raise_compiler_error(
                    table ~ " has lost its rows, as after a crash of the server:"
                    ~ " load the release again"
                ) }}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
