{#
    The text of one element of a JSON list (of an object, what `key` holds), counted from 0, or
    from the end with -1 for the last; null where there is none.
#}
{% macro json_list_element(column, index, key=none) -%}
    {{ return(adapter.dispatch('json_list_element')(column, index, key)) }}
{%- endmacro %}

{% macro default__json_list_element(column, index, key) -%}
    {%- set place = '#' ~ index if index < 0 else index -%}
    json_extract_string({{ column }}, '$[{{ place }}]{{ '.' ~ key if key }}')
{%- endmacro %}

{% macro postgres__json_list_element(column, index, key) -%}
    {{ column }} #>> '{ {{- index }}{{ ',' ~ key if key -}} }'
{%- endmacro %}
