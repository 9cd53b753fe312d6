{#
    A CEP of 8 digits, or null. One of 7 has lost its leading zero, and only those of São Paulo
    begin with one.
#}
{% macro standard_postal_code(column, uf) -%}
    case
        when translate({{ column }}, '0123456789', '') <> '' or {{ column }} = '00000000' then null
        when length({{ column }}) = 8 then {{ column }}
        when length({{ column }}) = 7 and {{ uf }} = 'SP' then '0' || {{ column }}
    end
{%- endmacro %}
