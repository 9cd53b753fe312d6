{#
    The registry's old form of address complements: blocks of 26 characters, a type in 6 and its
    value in 20, padded with spaces (`CONJ  1107                SALA  05`). At least two blocks;
    the padding tells them from long free text.
#}
{% macro complement_blocks_pattern() -%}
    {%- set type = '([A-Z]{6}|[A-Z]{5} |[A-Z]{4} {2}|[A-Z]{3} {3}|[A-Z]{2} {4})' -%}
    ({{ type }}.{18} {2})+{{ type }}.{1,20}
{%- endmacro %}
