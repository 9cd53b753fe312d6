{# A CNPJ of 14 characters with right check digits; null passes. #}
{% test valid_cnpj(model, column_name) %}
    select {{ column_name }}
    from {{ model }}
    where not {{ is_valid_cnpj(column_name) }}
{% endtest %}
