{# The kinds of evidence that two sellers have one operator; seeds/seller_evidence_weights.csv. #}
{% macro seller_evidence() -%}
    {{ return([
        'company', 'inventory', 'official_store', 'picture', 'rare_nickname', 'common_nickname',
        'place', 'registration', 'product', 'price', 'price_move',
    ]) }}
{%- endmacro %}
