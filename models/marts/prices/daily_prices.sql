-- a view: what is carried moves on with the newest day, and the days observed are incremental
{{ config(materialized='view') }}

with days as (

    select * from {{ ref('price_days') }}

),

versions as (

    select * from {{ ref('product_price_history') }}

),

series as (

    select * from {{ ref('price_series') }}

),

offsets as (

    select numbers.days_later
    from (
        values ({{ range(var('price_carried_days') + 1) | join('), (') }})
    ) as numbers (days_later)

),

-- a day is carried to the next one observed, to where the price is known to be gone, or for long
followed as (

    select
        days.*,
        least(
            lead(days.price_date) over (
                partition by days.price_series_key order by days.price_date
            ),
            {{ local_date('versions.valid_from') }},
            (select max(newest.price_date) from days as newest) + 1,
            days.price_date + 1 + {{ var('price_carried_days') }}
        ) as until_date
    from days
    left join versions
        on
            days.price_series_key = versions.price_series_key
            and days.last_observed_at = versions.previous_observed_at
            and versions.state <> 'offered'

)

select
    {{ surrogate_key(['followed.price_series_key', 'followed.price_date + offsets.days_later']) }}
        as daily_price_key,
    followed.price_series_key,
    series.mode,
    series.item_id,
    series.catalog_product_id,
    series.context,
    followed.price_date + offsets.days_later as price_date,
    followed.price_amount,
    followed.regular_price_amount,
    series.currency_id,
    offsets.days_later = 0 as is_observed,
    offsets.days_later as days_since_observed

from followed
inner join series on followed.price_series_key = series.price_series_key
cross join offsets
where
    offsets.days_later = 0
    or followed.price_date + offsets.days_later < followed.until_date
