-- a view: the snapshot reads it once a build
{{ config(materialized='view') }}

{#- the table's, not a common table expression's: PostgreSQL writes down what is named twice -#}
{%- set observations = ref('fact_price_observations') -%}
{%- set newest = '(select max(newest.observed_at) from ' ~ observations ~ ' as newest)' %}

-- what was not looked at for long is left as it was
with recent as (

    select
        *,
        row_number() over (partition by price_series_key order by observed_at desc) as place
    from {{ observations }}
    where observed_at >= {{ dbt.dateadd('day', -7, newest) }}

),

looks as (

    select * from {{ ref('int_price_looks_unioned') }}
    where is_complete and observed_at >= {{ dbt.dateadd('day', -7, newest) }}

),

missed as (

    select
        recent.price_series_key,
        looks.observed_at,
        looks.absent_state,
        row_number() over (
            partition by recent.price_series_key order by looks.observed_at, looks.absent_state
        ) as place
    from recent
    inner join looks
        on
            recent.subject_id = looks.subject_id
            and recent.source = looks.source
            and recent.observed_at < looks.observed_at
    where recent.place = 1

)

select
    recent.price_series_key,
    recent.item_id,
    recent.context,
    coalesce(missed.absent_state, 'offered') as state,
    -- cast: a view of PostgreSQL forgets the digits of what a case gives
    cast(
        case when missed.absent_state is null then recent.price_amount end as decimal(18, 2)
    ) as price_amount,
    cast(
        case when missed.absent_state is null then recent.regular_price_amount end
        as decimal(18, 2)
    ) as regular_price_amount,
    coalesce(missed.observed_at, recent.observed_at) as observed_at

from recent
left join missed on recent.price_series_key = missed.price_series_key and missed.place = 1
where recent.place = 1
