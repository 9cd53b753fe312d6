{#
    A name with the CPFs inside it masked as the Receita masks partners: ***456789**.
    One-person firms carry their owner's CPF, bare or punctuated, mostly at the end of the name.
    Not every engine can look around, so the neighbours of a bare CPF are part of its match, and
    a second round finds the one that shares a neighbour with the first.
    The variable mask_cpf turns it off.
#}
{% macro mask_cpf(column) -%}
    {%- if var('mask_cpf') -%}
        {%- set bare = '(^|[^0-9])[0-9]{3}([0-9]{6})[0-9]{2}($|[^0-9])' -%}
        {%- set punctuated = '[0-9]{3}[.]([0-9]{3})[.]([0-9]{3})-[0-9]{2}' -%}
        {%- set once = replace_pattern(column, bare, '\\1***\\2**\\3') -%}
        {%- set twice = replace_pattern(once, bare, '\\1***\\2**\\3') -%}
        {{ replace_pattern(twice, punctuated, '***\\1\\2**') }}
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}
