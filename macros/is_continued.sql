{# Whether new rows, the first at `point`, all come after what a series' newest version has seen. #}
{% macro is_continued(newest, point) -%}
    coalesce({{ newest }}.last_observed_at < {{ point }}, false)
{%- endmacro %}
