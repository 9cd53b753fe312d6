{# The newer form of address complements: a list of types and values (`QUADRA 13;LOTE 28`). #}
{% macro complement_list_pattern() -%}
    [A-Z]+:? [0-9A-Z]+(; ?[A-Z]+:? [0-9A-Z]+)+;?
{%- endmacro %}
