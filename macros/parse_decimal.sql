{#
    The amount of a text with a decimal comma (`1000,50`) and up to 16 characters before it, null
    for anything else. They are counted apart: a regular expression that counts is three times
    slower on PostgreSQL.
#}
{% macro parse_decimal(column) -%}
    case
        when {{ matches(column, '-?[0-9]+(,[0-9][0-9]?)?') }}
            and length(split_part({{ column }}, ',', 1)) <= 16
            then cast(replace({{ column }}, ',', '.') as decimal(18, 2))
    end
{%- endmacro %}
