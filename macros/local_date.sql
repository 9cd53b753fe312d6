{# The day in Brasília of a UTC time; until 2019 it had summer time, which counts. #}
{% macro local_date(column) -%}
    cast({{ column }} at time zone 'UTC' at time zone 'America/Sao_Paulo' as date)
{%- endmacro %}
