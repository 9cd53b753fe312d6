{#
    Whether a text holds ASCII on one line, as nearly all do. To compare its sizes in bits and in
    characters is several times cheaper than a regular expression.
#}
{% macro is_plain_text(column) -%}
    (
        bit_length({{ column }}) = 8 * length({{ column }})
        and {{ column }} not like '%{{ "\n" }}%'
        and {{ column }} not like '%{{ "\r" }}%'
        and {{ column }} not like '%{{ "\t" }}%'
    )
{%- endmacro %}
