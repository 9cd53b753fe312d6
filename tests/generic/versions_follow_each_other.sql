{#
    Of every key one version is current, each ends after it begins, and no later than the next
    begins: so no two share a begin either. Most keys have one version only, which is not put in
    order.
#}
{% test versions_follow_each_other(model, key) %}
    with keys as (
        select {{ key }}
        from {{ model }}
        group by {{ key }}
        having
            count(*) > 1
            or count(case when is_current and valid_from < valid_to then 1 end) <> 1
    ),

    versions as (
        select
            model.{{ key }},
            model.valid_from,
            model.valid_to,
            lead(model.valid_from) over (
                partition by model.{{ key }} order by model.valid_from, model.valid_to
            ) as next_from,
            count(case when model.is_current then 1 end) over (
                partition by model.{{ key }}
            ) as current_count
        from {{ model }} as model
        inner join keys on model.{{ key }} = keys.{{ key }}
    )

    select *
    from versions
    where
        current_count <> 1
        or valid_to > next_from
        or not coalesce(valid_from < valid_to, false)
{% endtest %}
