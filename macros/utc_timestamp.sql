{# The UTC time of an instant (timestamp with time zone), whatever zone the session is in. #}
{% macro utc_timestamp(column) -%}
    cast({{ column }} at time zone 'UTC' as timestamp)
{%- endmacro %}
