{# Whether a JSON list holds a word; null for no list. #}
{% macro json_list_contains(column, word) -%}
    {{ return(adapter.dispatch('json_list_contains')(column, word)) }}
{%- endmacro %}

{% macro default__json_list_contains(column, word) -%}
    json_contains({{ column }}, '"{{ word }}"')
{%- endmacro %}

{% macro postgres__json_list_contains(column, word) -%}
    {{ column }} @> cast('["{{ word }}"]' as jsonb)
{%- endmacro %}
