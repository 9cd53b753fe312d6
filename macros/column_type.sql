{# A type as the properties of sources name it, in the engine's words. #}
{% macro column_type(data_type) -%}
    {{ return(adapter.dispatch('column_type')(data_type)) }}
{%- endmacro %}

{% macro default__column_type(data_type) -%}
    {{ data_type }}
{%- endmacro %}

{% macro postgres__column_type(data_type) -%}
    {{ 'jsonb' if data_type == 'json' else data_type }}
{%- endmacro %}
