{# DuckDB scans faster than it looks up: the indexes that models declare are PostgreSQL's. #}
{% macro duckdb__create_indexes(relation) -%}
{%- endmacro %}
