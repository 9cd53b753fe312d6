{# Replace the first match of a regular expression; `\1` is its first group. #}
{% macro replace_pattern(column, pattern, replacement) -%}
    regexp_replace({{ column }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}
