{# The first value of a column that is not null, per key and in an order. #}
{% macro first_known(column, key, order_by) -%}
    first_value({{ column }}) over (
        partition by {{ key }}
        order by case when {{ column }} is null then 1 else 0 end, {{ order_by }}, {{ column }}
    )
{%- endmacro %}
