{# Whether a company's status lets it go on: neither closed nor void. One that is not known may. #}
{% macro is_not_ended(status) -%}
    coalesce({{ status }}, '-') not in ('void', 'closed')
{%- endmacro %}
