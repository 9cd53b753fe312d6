{# Whether a text holds printable ASCII only, as nearly all do: that is cheap to see. #}
{% macro is_plain_text(column) -%}
    {{ matches(column, '[ -~]*') }}
{%- endmacro %}
