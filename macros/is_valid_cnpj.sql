{#
    Whether a text is a CNPJ with right check digits, by the alphanumeric rule in force since
    July 2026: a character counts as its ASCII code less 48, weights run 2 to 9 from the right,
    and the digit is 11 less the remainder, 0 for a remainder below 2: ten times the sum has it.
#}
{% macro is_valid_cnpj(column) -%}
    (
        length({{ column }}) = 14
        and {{ matches(column, '[0-9A-Z]+[0-9][0-9]') }}
        and {{ cnpj_character(column, 13) }} = {{ cnpj_check_digit(column, 12) }}
        and {{ cnpj_character(column, 14) }} = {{ cnpj_check_digit(column, 13) }}
    )
{%- endmacro %}

{% macro cnpj_character(column, position) -%}
    (ascii(substring({{ column }}, {{ position }}, 1)) - 48)
{%- endmacro %}

{% macro cnpj_check_digit(column, length) -%}
    {%- set terms = [] -%}
    {%- for position in range(1, length + 1) -%}
        {%- set weight = (length - position) % 8 + 2 -%}
        {%- do terms.append(weight ~ ' * ' ~ cnpj_character(column, position)) -%}
    {%- endfor -%}
    mod(mod(10 * ({{ terms | join(' + ') }}), 11), 10)
{%- endmacro %}
