{# The elements of a JSON list (of objects, what `key` holds) as one text; null for none. #}
{% macro json_list_text(column, key=none, separator=', ') -%}
    {{ return(adapter.dispatch('json_list_text')(column, key, separator)) }}
{%- endmacro %}

{% macro default__json_list_text(column, key, separator) -%}
    {%- set path = '$[*].' ~ key if key else '$[*]' -%}
    nullif(
        array_to_string(json_extract_string({{ column }}, '{{ path }}'), '{{ separator }}'), ''
    )
{%- endmacro %}

{% macro postgres__json_list_text(column, key, separator) -%}
    {%- set path = '$[*].' ~ key if key else '$[*]' -%}
    (
        select string_agg(elements.element #>> '{}', '{{ separator }}' order by elements.position)
        from jsonb_path_query({{ column }}, '{{ path }}')
            with ordinality as elements (element, position)
    )
{%- endmacro %}
