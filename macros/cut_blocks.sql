{#
    An address complement in the registry's old form, blocks of 6 characters for a type and 20 for
    its value, cut at all their ends, however its words are glued; the longest has 6 blocks.
#}
{% macro cut_blocks(column) -%}
    {%- set parts = [] -%}
    {%- for start in range(1, 157, 26) -%}
        {%- do parts.append('substring(' ~ column ~ ', ' ~ start ~ ', 6)') -%}
        {%- do parts.append('substring(' ~ column ~ ', ' ~ (start + 6) ~ ', 20)') -%}
    {%- endfor -%}
    {{ parts | join(" || ' ' || ") }}
{%- endmacro %}
