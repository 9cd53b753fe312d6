{# Letters with accents as plain capitals; no engine does that alike, nor upper() beyond ASCII. #}
{% macro fold_accents(column) -%}
    translate(
        {{ column }},
        'áàâãäéèêëíìîïóòôõöúùûüçñÁÀÂÃÄÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑ',
        'AAAAAEEEEIIIIOOOOOUUUUCNAAAAAEEEEIIIIOOOOOUUUUCN'
    )
{%- endmacro %}
