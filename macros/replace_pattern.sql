{# Replace every match of a regular expression; `\\1` in a Jinja string is its first group. #}
{% macro replace_pattern(column, pattern, replacement) -%}
    regexp_replace({{ column }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}
