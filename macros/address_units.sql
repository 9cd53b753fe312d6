{# The columns that the units of an address are read into, from the widest to the narrowest. #}
{% macro address_units() -%}
    {{ return([
        'city_block', 'lot', 'building', 'block', 'floor', 'house', 'suite', 'room', 'store',
        'apartment', 'box', 'shed', 'po_box', 'other_unit',
    ]) }}
{%- endmacro %}
