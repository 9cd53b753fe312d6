{#
    A name with the CPFs inside it masked as the Receita masks partners: ***456789**.
    One-person firms carry their owner's CPF, bare or punctuated in many ways, mostly at the end.
    Not every engine can look around, so the neighbours of a CPF are part of its match, and a
    second round finds the one that shares a neighbour with the first. That is slow, and needed
    neither for names without one nor for the many that end with one, bare, and hold no other digit.
    The variable mask_cpf turns it off.
#}
{% macro mask_cpf(column) -%}
    {%- if var('mask_cpf') -%}
        {%- set cpf = '(^|[^0-9])[0-9]{3}[. ]?([0-9]{3})[. ]?([0-9]{3}) ?[-/ ]? ?[0-9]{2}($|[^0-9])' -%}
        {%- set once = replace_pattern(column, cpf, '\\1***\\2\\3**\\4') -%}
        case
            when not {{ matches(column, '.*[0-9]{3}[. ]?[0-9]{3}[. ]?[0-9]{3}.*') }} then {{ column }}
            when {{ matches(column, '[^0-9]*[^0-9][0-9]{11}') }}
                then left({{ column }}, length({{ column }}) - 11) || '***'
                    || substring({{ column }}, length({{ column }}) - 7, 6) || '**'
            else {{ replace_pattern(once, cpf, '\\1***\\2\\3**\\4') }}
        end
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}
