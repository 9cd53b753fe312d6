{#
    The common table expressions up to `states`: what each series of prices was seen to be, and when
    it was first missing where it should have been. With `history`, only for series of which new
    rows tell, from the version on that the earliest of these falls into: it is `carried` over.
#}
{% macro price_states(history=none) -%}
-- since when what is known of a listing or product has to be derived anew
points as (

    select
        subject_id,
        source,
        min(observed_at) as point_at
    from (
        {% for model in ('fact_price_observations', 'int_price_looks_unioned') -%}
            select subject_id, source, observed_at from {{ ref(model) }}
            where
                batch_id > {{ newest_batch(history) }}
                and batch_id <= (select batches.batch_id from batches)
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
            {{ is_continued('newest', 'points.point_at') }} as is_continued,
            newest.price_series_key is not null as is_known,
            coalesce(entered.valid_from, cast('0001-01-01' as timestamp)) as read_from,
            case
                when {{ is_continued('newest', 'points.point_at') }} then points.point_at
                else coalesce(entered.valid_from, points.point_at)
            end as reached_at
        from points
        inner join series
            on points.subject_id = series.subject_id and points.source = series.source
        left join {{ history }} as newest
            on series.price_series_key = newest.price_series_key and newest.is_current
        left join {{ history }} as entered
            on
                series.price_series_key = entered.price_series_key
                and entered.valid_from < points.point_at
                and entered.valid_to >= points.point_at
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
        -- the version that rows fall into; if into its middle, its rows are counted again
        select
            versions.price_series_key,
            bases.subject_id,
            bases.source,
            case when bases.is_continued then versions.last_observed_at else versions.valid_from end
                as observed_at,
            versions.valid_from as since_at,
            versions.state,
            versions.price_amount,
            versions.regular_price_amount,
            -- what was offered is counted again, from its observations
            case
                when bases.is_continued or versions.state <> 'offered'
                    then versions.observation_count
                else 0
            end as observation_count,
            versions.previous_price_amount as carried_price_amount,
            versions.previous_observed_at as carried_observed_at
        from bases
        inner join {{ history }} as versions
            on
                bases.price_series_key = versions.price_series_key
                and bases.read_from = versions.valid_from
        union all
    {%- endif %}
    {%- for is_new in (true, false) if is_new or history %}
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
        inner join {{ ref('fact_price_observations') }} as observations
            on bases.price_series_key = observations.price_series_key
        {%- if is_new %}
        where observations.batch_id > {{ newest_batch(history) }}
        {{ 'union all' if history }}
        {%- else %}
                and bases.read_from <= observations.observed_at
        where
            bases.is_known
            and not bases.is_continued
            and observations.batch_id <= {{ newest_batch(history) }}
        {%- endif %}
    {%- endfor %}

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
        from {{ ref('int_price_looks_unioned') }} as looks
        inner join (
            select subject_id, source, min({{ 'reached_at' if history else 'read_from' }}) as read_from
            from bases
            group by subject_id, source
        ) as reached
            on
                looks.subject_id = reached.subject_id
                and looks.source = reached.source
                and reached.read_from <= looks.observed_at
        where looks.batch_id <= (select batches.batch_id from batches)
        union all
        select subject_id, source, observed_at, 0, null from shown
    ) as seen
    group by subject_id, source, observed_at

),

followed as (

    select
        *,
        {%- for state in ('delisted', 'nobody_sells', 'withdrawn') %}
        min(case when is_complete = 1 and absent_state = '{{ state }}' then observed_at end) over (
            partition by subject_id, source
            order by observed_at desc rows between unbounded preceding and 1 preceding
        ) as next_{{ state }}_at {{- ',' if not loop.last }}
        {%- endfor %}
    from moments

),

continued as (

    select
        *,
        lead(observed_at) over (partition by price_series_key order by observed_at, since_at)
            as next_shown_at
    from shown

),

missed as (

    select
        continued.price_series_key,
        continued.next_shown_at,
        least(
            followed.next_delisted_at, followed.next_nobody_sells_at, followed.next_withdrawn_at
        ) as missed_at,
        followed.next_delisted_at,
        followed.next_nobody_sells_at
    from continued
    inner join followed
        on
            continued.subject_id = followed.subject_id
            and continued.source = followed.source
            and continued.observed_at = followed.observed_at
    where continued.state = 'offered'

),

states as (

    select
        price_series_key,
        observed_at,
        since_at,
        state,
        price_amount,
        regular_price_amount,
        observation_count,
        carried_price_amount,
        carried_observed_at
    from shown
    union all
    select
        price_series_key,
        missed_at as observed_at,
        missed_at as since_at,
        case missed_at
            when next_delisted_at then 'delisted'
            when next_nobody_sells_at then 'nobody_sells'
            else 'withdrawn'
        end as state,
        cast(null as decimal(18, 2)) as price_amount,
        cast(null as decimal(18, 2)) as regular_price_amount,
        1 as observation_count,
        cast(null as decimal(18, 2)) as carried_price_amount,
        cast(null as timestamp) as carried_observed_at
    from missed
    where missed_at < coalesce(next_shown_at, cast('9999-12-31' as timestamp))

)
{%- endmacro %}
