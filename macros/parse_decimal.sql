{# The amount of a text with a decimal comma (`1000,50`), null for anything else. #}
{% macro parse_decimal(column) -%}
    case
        when {{ matches(column, '-?[0-9]{1,16}(,[0-9]{1,2})?') }}
            then cast(replace({{ column }}, ',', '.') as decimal(18, 2))
    end
{%- endmacro %}
