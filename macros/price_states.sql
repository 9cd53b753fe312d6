{#
    The common table expressions up to `states`: what each series of prices was seen to be, and when
    it was first missing where it should have been. With `history`, only for series of which new
    rows tell, from the version on that the earliest of these falls into: it is `carried` over.
#}
{% macro price_states(history=none) -%}
observations as (

    select * from {{ ref('fact_price_observations') }}

),

looks as (

    select * from {{ ref('int_price_looks_unioned') }}
    where batch_id <= (select batches.batch_id from batches)

),

-- since when what is known of a listing or product has to be derived anew
points as (

    select
        subject_id,
        source,
        min(observed_at) as point_at
    from (
        {% for relation in ('observations', 'looks') -%}
            select subject_id, source, observed_at from {{ relation }}
            {{ 'where batch_id > ' ~ newest_batch(history) if history }}
            {{ 'union all' if not loop.last }}
        {% endfor -%}
    ) as told
    group by subject_id, source

),

bases as (

    {% if history -%}
        select
            series.price_series_key,
            series.subject_id,
            series.source,
            versions.state,
            versions.price_amount,
            versions.regular_price_amount,
            versions.previous_price_amount,
            versions.previous_observed_at,
            versions.valid_from,
            -- a row in the middle of a version has its rows counted again
            case
                when versions.last_observed_at < points.point_at then versions.last_observed_at
                else versions.valid_from
            end as carried_at,
            case
                when versions.last_observed_at < points.point_at then versions.observation_count
                else 0
            end as carried_count,
            case
                when versions.last_observed_at < points.point_at then points.point_at
                else coalesce(versions.valid_from, cast('0001-01-01' as timestamp))
            end as read_from
        from points
        inner join series
            on points.subject_id = series.subject_id and points.source = series.source
        left join {{ history }} as versions
            on
                series.price_series_key = versions.price_series_key
                and versions.valid_from < points.point_at
                and versions.valid_to >= points.point_at
    {%- else -%}
        select
            price_series_key,
            subject_id,
            source,
            cast('0001-01-01' as timestamp) as read_from
        from series
    {%- endif %}

),

shown as (

    {% if history -%}
        select
            price_series_key,
            subject_id,
            source,
            carried_at as observed_at,
            valid_from as since_at,
            state,
            price_amount,
            regular_price_amount,
            carried_count as observation_count,
            previous_price_amount as carried_price_amount,
            previous_observed_at as carried_observed_at
        from bases
        where valid_from is not null
        union all
    {%- endif %}
    select
        bases.price_series_key,
        bases.subject_id,
        bases.source,
        observations.observed_at,
        observations.observed_at as since_at,
        'offered' as state,
        observations.price_amount,
        observations.regular_price_amount,
        1 as observation_count,
        cast(null as decimal(18, 2)) as carried_price_amount,
        cast(null as timestamp) as carried_observed_at
    from bases
    inner join observations
        on
            bases.price_series_key = observations.price_series_key
            and bases.read_from <= observations.observed_at

),

-- every moment that matters, with the first one after it at which all was seen
moments as (

    select
        subject_id,
        source,
        observed_at,
        max(is_complete) as is_complete,
        min(absent_state) as absent_state
    from (
        select
            looks.subject_id,
            looks.source,
            looks.observed_at,
            case when looks.is_complete then 1 else 0 end as is_complete,
            case when looks.is_complete then looks.absent_state end as absent_state
        from looks
        inner join (
            select subject_id, source, min(read_from) as read_from
            from bases
            group by subject_id, source
        ) as reached
            on
                looks.subject_id = reached.subject_id
                and looks.source = reached.source
                and reached.read_from <= looks.observed_at
        union all
        select subject_id, source, observed_at, 0, null from shown
    ) as seen
    group by subject_id, source, observed_at

),

followed as (

    select
        *,
        min(case when is_complete = 1 then observed_at end) over (
            partition by subject_id, source
            order by observed_at desc rows between unbounded preceding and 1 preceding
        ) as next_look_at
    from moments

),

continued as (

    select
        *,
        lead(observed_at) over (partition by price_series_key order by observed_at, since_at)
            as next_shown_at
    from shown

),

states as (

    select * from shown
    union all
    select
        continued.price_series_key,
        continued.subject_id,
        continued.source,
        looks.observed_at,
        looks.observed_at as since_at,
        looks.absent_state as state,
        cast(null as decimal(18, 2)) as price_amount,
        cast(null as decimal(18, 2)) as regular_price_amount,
        1 as observation_count,
        cast(null as decimal(18, 2)) as carried_price_amount,
        cast(null as timestamp) as carried_observed_at
    from continued
    inner join followed
        on
            continued.subject_id = followed.subject_id
            and continued.source = followed.source
            and continued.observed_at = followed.observed_at
    inner join moments as looks
        on
            followed.subject_id = looks.subject_id
            and followed.source = looks.source
            and followed.next_look_at = looks.observed_at
    where
        continued.state = 'offered'
        and looks.observed_at < coalesce(continued.next_shown_at, cast('9999-12-31' as timestamp))

)
{%- endmacro %}
