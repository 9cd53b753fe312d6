{#
    Whether a snapshot's version, one of `versions`, says nothing of the world: it is of no length,
    as a release leaves it that is corrected on its own date, or it ends what was only ever shown so.
#}
{% macro never_held(snapshot, key, versions) -%}
    (
        {{ versions }}.dbt_valid_from >= {{ versions }}.dbt_valid_to
        or {{ versions }}.dbt_scd_id in (
            select deleted.dbt_scd_id
            from {{ snapshot }} as deleted
            left join {{ snapshot }} as held
                on
                    deleted.{{ key }} = held.{{ key }}
                    and held.dbt_is_deleted = 'False'
                    and held.dbt_valid_from < held.dbt_valid_to
                    and held.dbt_valid_from < deleted.dbt_valid_from
            where deleted.dbt_is_deleted = 'True' and held.{{ key }} is null
        )
    )
{%- endmacro %}
