{#
    One row per name: how many rows of a relation meet its condition, in one pass. A list of
    conditions under one name counts every one that a row meets.
#}
{% macro count_irregularities(relation, conditions) -%}
    with counts as (

        select
            {%- for name, listed in conditions.items() %}
            sum(
                {%- for condition in ([listed] if listed is string else listed) %}
                case when {{ condition }} then 1 else 0 end{{ ' +' if not loop.last }}
                {%- endfor %}
            ) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ relation }}

    )

    {% for name in conditions -%}
    select
        '{{ name }}' as irregularity,
        cast(coalesce({{ name }}, 0) as bigint) as row_count
    from counts
    {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}
