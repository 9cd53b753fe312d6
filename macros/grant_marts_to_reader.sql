{# Whoever builds the marts lets the role reader see them; engines without roles need nothing. #}
{% macro grant_marts_to_reader() -%}
    {{ return(adapter.dispatch('grant_marts_to_reader')()) }}
{%- endmacro %}

{% macro default__grant_marts_to_reader() -%}
{%- endmacro %}

{% macro postgres__grant_marts_to_reader() -%}
    do $$ begin
        if to_regnamespace('marts') is not null and to_regrole('reader') is not null then
            grant usage on schema marts to reader;
            grant select on all tables in schema marts to reader;
        end if;
    end $$
{%- endmacro %}
