{#
    One row per key of a relation: of several, the first in `order_by`. Name every column the
    result is read for, so that the choice does not depend on the order of loading. Few keys repeat,
    so only their rows are put in order. A whole statement; keys are never null.
#}
{% macro deduplicate(relation, key, order_by) -%}
    with repeated as materialized (

        select {{ key }} as repeated_key
        from {{ relation }}
        group by {{ key }}
        having count(*) > 1

    )

    select
        published.*,
        1 as copy_number
    from {{ relation }} as published
    left join repeated on published.{{ key }} = repeated.repeated_key
    where repeated.repeated_key is null
    union all
    select *
    from (
        select
            published.*,
            row_number() over (
                partition by {{ key }}
                order by {% for column in order_by %}{{ column }} nulls last{{ ', ' if not loop.last }}{% endfor %}
            ) as copy_number
        from {{ relation }} as published
        inner join repeated on published.{{ key }} = repeated.repeated_key
    ) as numbered
    where copy_number = 1
{%- endmacro %}
