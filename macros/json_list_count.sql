{# How many elements a JSON list has; null for no list. #}
{% macro json_list_count(column) -%}
    {{ return(adapter.dispatch('json_list_count')(column)) }}
{%- endmacro %}

{% macro default__json_list_count(column) -%}
    case
        when json_type({{ column }}) = 'ARRAY' then cast(json_array_length({{ column }}) as bigint)
    end
{%- endmacro %}

{% macro postgres__json_list_count(column) -%}
    case
        when jsonb_typeof({{ column }}) = 'array'
            then cast(jsonb_array_length({{ column }}) as bigint)
    end
{%- endmacro %}
