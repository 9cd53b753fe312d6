{#
    A text in plain capitals and digits, words of which stand one blank apart. A dot inside a number
    of thousands goes without a trace (`1.302` is 1302).
#}
{% macro plain_capitals(column) -%}
    {%- set unaccented -%}
        case
            when bit_length({{ column }}) = 8 * length({{ column }}) then {{ column }}
            else {{ fold_accents(column) }}
        end
    {%- endset -%}
    {%- set without_dots -%}
        case
            when {{ column }} like '%.%'
                then {{ replace_pattern(unaccented, '([0-9])[.]([0-9]{3})', '\\1\\2') }}
            else {{ unaccented }}
        end
    {%- endset -%}
    trim({{ replace_pattern('upper(' ~ without_dots ~ ')', '[^A-Z0-9]+', ' ') }}, ' ')
{%- endmacro %}
