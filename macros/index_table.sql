{# An index that is kept when a table grows; engines that scan faster than they look up have none. #}
{% macro index_table(relation, columns) -%}
    {{ return(adapter.dispatch('index_table')(relation, columns)) }}
{%- endmacro %}

{% macro default__index_table(relation, columns) -%}
{%- endmacro %}

{% macro postgres__index_table(relation, columns) -%}
    do $$ begin
        if not exists (
            select from pg_index
            where
                indrelid = '{{ relation }}'::regclass
                and pg_get_indexdef(indexrelid) like '%({{ columns | join(', ') }})'
        ) then
            create index on {{ relation }} ({{ columns | join(', ') }});
        end if;
    end $$
{%- endmacro %}
