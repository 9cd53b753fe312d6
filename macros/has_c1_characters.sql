{# Whether a text holds a byte 0x80-0x9F, which latin-1 does not define. #}
{% macro has_c1_characters(column) -%}
    not {{ is_plain_text(column) }}
    and translate({{ column }}, '{{ c1_characters() }}', '') <> {{ column }}
{%- endmacro %}
