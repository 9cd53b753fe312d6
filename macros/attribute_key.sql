{#
    What two ways of writing a value of an attribute have in common, given its kind (seed
    page_attributes): numbers without zeros at the end, codes without zeros in front, texts without
    case, accents and signs.
#}
{% macro attribute_key(value, kind) -%}
    case
        when {{ kind }} in ('amount', 'rating', 'count')
            then cast(cast({{ value }} as decimal(18, 2)) as {{ dbt.type_string() }})
        when {{ kind }} = 'gtin' then ltrim({{ value }}, '0')
        else coalesce(nullif({{ plain_capitals(value) }}, ''), lower({{ value }}))
    end
{%- endmacro %}
