{#
    What there was of each series of stock, as rows for `versions_of`. With `history`, only of the
    series that new rows tell of: all from the version on that the earliest of these falls into, or,
    where that is the newest version and holds no later row, the version itself and the new rows.
#}
{% macro stock_levels_shown(columns, history=none) -%}
    {%- set newest = newest_batch(history) if history %}
    {%- if history -%}
        with points as (

            select
                stock_series_key,
                min(observed_at) as point_at
            from levels
            where batch_id > {{ newest }}
            group by stock_series_key

        ),

        bases as (

            select
                points.stock_series_key,
                versions.is_current and versions.last_observed_at < points.point_at as is_continued,
                coalesce(versions.valid_from, cast('0001-01-01' as timestamp)) as read_from
            from points
            left join {{ history }} as versions
                on
                    points.stock_series_key = versions.stock_series_key
                    and versions.valid_from < points.point_at
                    and versions.valid_to >= points.point_at

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
        inner join levels
            on
                bases.stock_series_key = levels.stock_series_key
                and bases.read_from <= levels.observed_at
        where bases.is_continued is distinct from true and levels.batch_id <= {{ newest }}
        union all
    {%- endif %}
    select
        stock_series_key,
        {% for column in columns -%} {{ column }}, {% endfor %}
        observed_at,
        observed_at as since_at,
        1 as observation_count
    from levels
    {{ 'where batch_id > ' ~ newest if history }}
{%- endmacro %}
