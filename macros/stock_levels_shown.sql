{#
    What there was of each series of stock, as rows for `versions_of`. With `history`, only of the
    series that new rows tell of: all from the version on that the earliest of these falls into, or,
    where all come after the newest version, that version itself and the new rows.
#}
{% macro stock_levels_shown(columns, history=none) -%}
    {%- if history -%}
        with points as (

            select
                stock_series_key,
                min(observed_at) as point_at
            from {{ ref('int_stock_levels_unioned') }}
            where
                batch_id > {{ newest_batch(history) }}
                and batch_id <= (select batches.batch_id from batches)
            group by stock_series_key

        ),

        bases as (

            select
                points.stock_series_key,
                {{ is_continued('newest', 'points.point_at') }} as is_continued,
                newest.stock_series_key is not null as is_known,
                coalesce(entered.valid_from, cast('0001-01-01' as timestamp)) as read_from
            from points
            left join {{ history }} as newest
                on points.stock_series_key = newest.stock_series_key and newest.is_current
            left join {{ history }} as entered
                on
                    points.stock_series_key = entered.stock_series_key
                    and entered.valid_from < points.point_at
                    and entered.valid_to >= points.point_at

        )

        select
            versions.stock_series_key,
            {% for column in columns -%} versions.{{ column }}, {% endfor %}
            versions.last_observed_at as observed_at,
            versions.valid_from as since_at,
            versions.observation_count
        from bases
        inner join {{ history }} as versions
            on
                bases.stock_series_key = versions.stock_series_key
                and bases.read_from = versions.valid_from
        where bases.is_continued
        union all
        select
            levels.stock_series_key,
            {% for column in columns -%} levels.{{ column }}, {% endfor %}
            levels.observed_at,
            levels.observed_at as since_at,
            1 as observation_count
        from bases
        inner join {{ ref('int_stock_levels_unioned') }} as levels
            on
                bases.stock_series_key = levels.stock_series_key
                and bases.read_from <= levels.observed_at
        where
            bases.is_known
            and not bases.is_continued
            and levels.batch_id <= {{ newest_batch(history) }}
        union all
    {%- endif %}
    select
        stock_series_key,
        {% for column in columns -%} {{ column }}, {% endfor %}
        observed_at,
        observed_at as since_at,
        1 as observation_count
    from {{ ref('int_stock_levels_unioned') }}
    where
        batch_id > {{ newest_batch(history) }}
        and batch_id <= (select batches.batch_id from batches)
{%- endmacro %}
