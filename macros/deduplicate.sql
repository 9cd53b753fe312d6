{#
    One row per key of a relation: of several, the first in `order_by`. Name every column the
    result is read for, so that the choice does not depend on the order of loading.
#}
{% macro deduplicate(relation, key, order_by) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ key }}
                order by {% for column in order_by %}{{ column }} nulls last{{ ', ' if not loop.last }}{% endfor %}
            ) as copy_number
        from {{ relation }}
    ) as numbered
    where copy_number = 1
{%- endmacro %}
