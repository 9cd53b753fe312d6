{# The newest batch that a table was derived up to. #}
{% macro newest_batch(relation) -%}
    (select coalesce(max(batch_id), '') from {{ relation }})
{%- endmacro %}
