{#
    Gaps and islands: consecutive rows of a series (`key`, by `observed_at`) that agree in
    `states` become one version. `since_at` is when a row's state began; `observation_count` is how
    many observations it stands for; of `kept` columns the first is kept. A select statement.
#}
{% macro versions_of(relation, key, states, kept=[]) -%}
    select
        {{ key }},
        {% for column in states + kept -%}
            min({{ column }}) as {{ column }},
        {% endfor -%}
        min(since_at) as valid_from,
        max(observed_at) as last_observed_at,
        cast(sum(observation_count) as bigint) as observation_count,
        lead(min(since_at), 1, cast('9999-12-31' as timestamp))
            over (partition by {{ key }} order by version_number) as valid_to
    from (
        select
            *,
            sum(is_new) over (partition by {{ key }} order by observed_at, since_at) as version_number
        from (
            select
                *,
                case
                    when
                        before_at is not null
                        {%- for column in states %}
                        and (
                            {{ column }} = {{ column }}_before
                            or ({{ column }} is null and {{ column }}_before is null)
                        )
                        {%- endfor %}
                        then 0
                    else 1
                end as is_new
            from (
                select
                    *,
                    {% for column in states -%}
                        lag({{ column }}) over series as {{ column }}_before,
                    {% endfor -%}
                    lag(observed_at) over series as before_at
                from {{ relation }}
                window series as (partition by {{ key }} order by observed_at, since_at)
            ) as neighboured
        ) as compared
    ) as numbered
    group by {{ key }}, version_number
{%- endmacro %}
