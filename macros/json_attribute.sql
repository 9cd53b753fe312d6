{#
    The value of an attribute, out of the API's list of them: objects of `id` and `value_name`, or
    of `id` and `values`, objects of `name`. Null where there is none.
#}
{% macro json_attribute(column, id) -%}
    {{ return(adapter.dispatch('json_attribute')(column, id)) }}
{%- endmacro %}

{% macro default__json_attribute(column, id) -%}
    {%- set found -%}
        list_filter(
            json_extract({{ column }}, '$[*]'),
            lambda attribute: json_extract_string(attribute, '$.id') = '{{ id }}'
        )[1]
    {%- endset -%}
    coalesce(
        json_extract_string({{ found }}, '$.value_name'),
        json_extract_string({{ found }}, '$.values[0].name')
    )
{%- endmacro %}

{% macro postgres__json_attribute(column, id) -%}
    {%- set found = '$[*] ? (@.id == "' ~ id ~ '")' -%}
    coalesce(
        jsonb_path_query_first({{ column }}, '{{ found }}.value_name') #>> '{}',
        jsonb_path_query_first({{ column }}, '{{ found }}.values[0].name') #>> '{}'
    )
{%- endmacro %}
