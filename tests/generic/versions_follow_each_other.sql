{#
    Of every key one version is current, and each ends no later than the next begins, so that no two
    share a begin either. Most keys have one version only: those are not put in order.
#}
{% test versions_follow_each_other(model, key) %}
    with keys as (
        select {{ key }}
        from {{ model }}
        group by {{ key }}
        having count(*) > 1 or sum(case when is_current then 1 else 0 end) <> 1
    ),

    versions as (
        select
            model.{{ key }},
            model.valid_from,
            model.valid_to,
            lead(model.valid_from) over (
                partition by model.{{ key }} order by model.valid_from
            ) as next_from,
            sum(case when model.is_current then 1 else 0 end) over (
                partition by model.{{ key }}
            ) as current_count
        from {{ model }} as model
        inner join keys on model.{{ key }} = keys.{{ key }}
    )

    select *
    from versions
    where current_count <> 1 or valid_to > next_from
{% endtest %}
