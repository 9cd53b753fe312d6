{#
    A name with the CPF inside it masked as the Receita masks partners: ***456789**.
    One-person firms carry their owner's CPF, bare or punctuated, mostly at the end of the name.
    The variable mask_cpf turns it off.
#}
{% macro mask_cpf(column) -%}
    {%- if var('mask_cpf') -%}
        {%- set bare = replace_pattern(
            column, '(^|[^0-9])[0-9]{3}([0-9]{6})[0-9]{2}($|[^0-9])', '\\1***\\2**\\3'
        ) -%}
        {{ replace_pattern(
            bare, '[0-9]{3}[.]([0-9]{3})[.]([0-9]{3})-[0-9]{2}', '***\\1\\2**'
        ) }}
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}
