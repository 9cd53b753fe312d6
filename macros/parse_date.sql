{#
    The date of a YYYYMMDD text between 1800 and 2099; null for anything that is not one:
    the source's null dates (empty, 0, 00000000) as well as 20230231 or 41000101.
    No engine but DuckDB casts without raising, so the calendar is spelled out.
#}
{% macro parse_date(column) -%}
    case
        when {{ matches(column, calendar_day_pattern()) }}
            then {{ basic_date(column) }}
    end
{%- endmacro %}

{# A date written YYYYMMDD; PostgreSQL reads that as it is. #}
{% macro basic_date(column) -%}
    {{ return(adapter.dispatch('basic_date')(column)) }}
{%- endmacro %}

{% macro default__basic_date(column) -%}
    cast(
        substring({{ column }}, 1, 4) || '-' || substring({{ column }}, 5, 2) || '-'
        || substring({{ column }}, 7, 2) as date
    )
{%- endmacro %}

{% macro postgres__basic_date(column) -%}
    cast({{ column }} as date)
{%- endmacro %}

{% macro calendar_day_pattern() -%}
    {%- set year = '(18|19|20)[0-9][0-9]' -%}
    {%- set long_months = '(0[13578]|1[02])(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set short_months = '(0[469]|11)(0[1-9]|[12][0-9]|30)' -%}
    {%- set february = '02(0[1-9]|1[0-9]|2[0-8])' -%}
    {%- set leap_year = '((18|19)(0[48]|[2468][048]|[13579][26])|20([02468][048]|[13579][26]))' -%}
    {{- year }}({{ long_months }}|{{ short_months }}|{{ february }})|{{ leap_year }}0229
{%- endmacro %}
