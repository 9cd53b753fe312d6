{#
    What is left of a person's name when how it is written is taken away: accents, case, signs,
    blanks, and the particles that are written or not (DA, DE, DO, DAS, DOS, E). Null of nothing.

    Most names are plain capitals, which is cheap to see. Words stand in brackets while particles
    are taken out: one after the other, without a regular expression.
#}
{% macro name_key(column) -%}
    {%- set folded = replace_pattern(
        "replace(upper(" ~ fold_accents(column) ~ "), '''', '')", '[^A-Z0-9]', ' '
    ) -%}
    {%- set plain = 'case when ' ~ matches(column, '[A-Z ]*') ~ ' then ' ~ column
        ~ ' else ' ~ folded ~ ' end' -%}
    {%- set words = ["'<' || replace(" ~ plain ~ ", ' ', '><') || '>'"] -%}
    {%- for word in ['', 'DA', 'DE', 'DO', 'DAS', 'DOS', 'E'] -%}
        {%- do words.append("replace(" ~ words.pop() ~ ", '<" ~ word ~ ">', '')") -%}
    {%- endfor -%}
    nullif(trim(replace({{ words[0] }}, '><', ' '), '<>'), '')
{%- endmacro %}
