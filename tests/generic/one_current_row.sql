{# Every key has exactly one current version. #}
{% test one_current_row(model, key) %}
    select {{ key }}
    from {{ model }}
    group by {{ key }}
    having sum(case when is_current then 1 else 0 end) <> 1
{% endtest %}
