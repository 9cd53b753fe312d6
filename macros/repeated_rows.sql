{#
    One row per key that several rows of a relation have: the first of them in `order_by`, with
    their number, `copy_count`. Name every column the result is read for, so that the choice does
    not depend on the order of loading. A whole statement; keys are never null.
#}
{% macro repeated_rows(relation, key, order_by) -%}
    with repeated as materialized (

        select
            {{ key }} as repeated_key,
            count(*) as copy_count
        from {{ relation }}
        group by {{ key }}
        having count(*) > 1

    ),

    numbered as (

        select
            published.*,
            repeated.copy_count,
            row_number() over (
                partition by repeated.repeated_key
                order by {% for column in order_by %}{{ column }} nulls last{{ ', ' if not loop.last }}{% endfor %}
            ) as copy_number
        from {{ relation }} as published
        inner join repeated on published.{{ key }} = repeated.repeated_key

    )

    select *
    from numbered
    where copy_number = 1
{%- endmacro %}
