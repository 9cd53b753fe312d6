{# What part a count is of another, 0 to 1, cut to 4 places; null of nothing. Alike on all engines. #}
{% macro share_of(part, whole) -%}
    cast(floor(10000.0 * ({{ part }}) / nullif({{ whole }}, 0)) / 10000 as decimal(9, 4))
{%- endmacro %}
