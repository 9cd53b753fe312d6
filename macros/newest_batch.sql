{# The newest batch that a table was derived up to; before all batches for a new one. #}
{% macro newest_batch(relation=none) -%}
    {{ "(select coalesce(max(batch_id), '') from " ~ relation ~ ")" if relation else "''" }}
{%- endmacro %}
