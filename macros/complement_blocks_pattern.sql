{#
    The registry's old form of address complements: blocks of 26 characters, a type in 6 and its
    value in 20, padded with spaces (`CONJ  1107                SALA  05`). At least two blocks.
#}
{% macro complement_blocks_pattern() -%}
    ([A-Z]+ *.{20})
{%- endmacro %}
