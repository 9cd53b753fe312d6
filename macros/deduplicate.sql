{#
    One row per key of a relation, given those of its keys that repeat (see repeated_rows). They are
    few, so nothing is put in order here. A whole statement.
#}
{% macro deduplicate(relation, repeated, key) -%}
    select
        published.*,
        1 as copy_count,
        1 as copy_number
    from {{ relation }} as published
    left join {{ repeated }} as repeated on published.{{ key }} = repeated.{{ key }}
    where repeated.{{ key }} is null
    union all
    select *
    from {{ repeated }}
{%- endmacro %}
