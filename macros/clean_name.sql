{#
    A name fit to be read (see clean_text), with the CPFs inside it masked as the Receita masks
    partners: ***456789**. One-person firms carry their owner's CPF, bare or punctuated in many
    ways, mostly at the end. The variable mask_cpf turns that off.

    Nearly all names are plain and hold no CPF, or end with one, bare, and hold no other digit:
    both are cheap to see. Of the rest not every engine can look around a CPF, so its neighbours are
    part of the match, and a second round finds the one that shares a neighbour with the first.
#}
{% macro clean_name(column) -%}
    {%- if var('mask_cpf') -%}
        {%- set cpf = '(^|[^0-9])[0-9]{3}[. ]?([0-9]{3})[. ]?([0-9]{3}) ?[-/ ]? ?[0-9]{2}($|[^0-9])' -%}
        {%- set once = replace_pattern(clean_text(column), cpf, '\\1***\\2\\3**\\4') -%}
        case
            when {{ is_plain_text(column) }}
                and not {{ matches(column, '.*[0-9]{3}[. ]?[0-9]{3}[. ]?[0-9]{3}.*') }}
                then nullif(trim({{ column }}, ' '), '')
            when {{ matches(column, '[!-/:-~][ -/:-~]*[0-9]{11}') }}
                then left({{ column }}, length({{ column }}) - 11) || '***'
                    || substring({{ column }}, length({{ column }}) - 7, 6) || '**'
            else {{ replace_pattern(once, cpf, '\\1***\\2\\3**\\4') }}
        end
    {%- else -%}
        {{ clean_text(column) }}
    {%- endif -%}
{%- endmacro %}
