-- incremental: days on which nothing new is told stay as they are
{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    incremental_strategy='delete+insert',
    unique_key=['price_series_key', 'price_date'],
    indexes=[
        {'columns': ['price_series_key', 'price_date']},
        {'columns': ['price_date']},
    ],
    post_hook="{{ analyze_table(this) }}",
) }}

with touched as (

    select distinct
        price_series_key,
        observed_date
    from {{ ref('fact_price_observations') }}
    where batch_id > {{ newest_batch(this if is_incremental()) }}

),

observations as (

    select * from {{ ref('fact_price_observations') }}

),

due as (

    select observations.*
    from observations
    inner join touched
        on
            observations.price_series_key = touched.price_series_key
            and observations.observed_date = touched.observed_date
    where observations.observed_date >= (select min(oldest.observed_date) from touched as oldest)

),

ranked as (

    select
        *,
        row_number() over (
            partition by price_series_key, observed_date order by observed_at desc
        ) as place
    from due

)

select
    {{ surrogate_key(['price_series_key', 'observed_date']) }} as price_day_key,
    price_series_key,
    observed_date as price_date,
    cast(max(case when place = 1 then price_amount end) as decimal(18, 2)) as price_amount,
    cast(max(case when place = 1 then regular_price_amount end) as decimal(18, 2))
        as regular_price_amount,
    cast(min(price_amount) as decimal(18, 2)) as lowest_price_amount,
    cast(max(price_amount) as decimal(18, 2)) as highest_price_amount,
    count(*) as observation_count,
    max(observed_at) as last_observed_at,
    max(batch_id) as batch_id

from ranked
group by price_series_key, observed_date
