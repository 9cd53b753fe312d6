{#
    Whether a text is a CNPJ with right check digits, by the alphanumeric rule in force since
    July 2026: a character counts as its ASCII code less 48, weights run 2 to 9 from the right,
    and the digit is 11 less the remainder, 0 for a remainder below 2.
#}
{% macro is_valid_cnpj(column) -%}
    (
        {{ matches(column, '[0-9A-Z]{12}[0-9]{2}') }}
        and substring({{ column }}, 13, 1) = {{ cnpj_check_digit(column, 12) }}
        and substring({{ column }}, 14, 1) = {{ cnpj_check_digit(column, 13) }}
    )
{%- endmacro %}

{% macro cnpj_check_digit(column, length) -%}
    {%- set terms = [] -%}
    {%- for position in range(1, length + 1) -%}
        {%- set weight = (length - position) % 8 + 2 -%}
        {%- do terms.append(weight ~ ' * (ascii(substring(' ~ column ~ ', ' ~ position ~ ', 1)) - 48)') -%}
    {%- endfor -%}
    case
        when mod({{ terms | join(' + ') }}, 11) < 2 then '0'
        else cast(11 - mod({{ terms | join(' + ') }}, 11) as {{ dbt.type_string() }})
    end
{%- endmacro %}
