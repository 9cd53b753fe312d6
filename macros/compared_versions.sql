{#
    One row per version of a snapshot that began after its first release, beside the version it
    followed: `x` and `x_before` of every column, and whether the key was published then and before.
    Few rows change in a month, so the whole is joined to little. A select statement.
#}
{% macro compared_versions(snapshot, key, columns, kept=[]) -%}
    select
        later.{{ key }},
        {%- for column in kept %}
        later.{{ column }},
        {%- endfor %}
        {%- for column in columns %}
        later.{{ column }},
        earlier.{{ column }} as {{ column }}_before,
        {%- endfor %}
        later.dbt_is_deleted = 'False' as is_shown,
        coalesce(earlier.dbt_is_deleted = 'False', false) as was_shown,
        earlier.{{ key }} is null as is_new,
        cast(later.dbt_valid_from as date) as observed_date
    from {{ snapshot }} as later
    left join {{ snapshot }} as earlier
        on
            later.{{ key }} = earlier.{{ key }}
            and later.dbt_valid_from = earlier.dbt_valid_to
            and earlier.dbt_valid_to < cast('9999-12-31' as timestamp)
            and not {{ never_held(snapshot, key, 'earlier') }}
    where
        not {{ never_held(snapshot, key, 'later') }}
        and later.dbt_valid_from > (select min(dbt_valid_from) from {{ snapshot }})
{%- endmacro %}
