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
            -- not of `days`: PostgreSQL writes down what is named twice
            (select max(newest.price_date) from {{ ref('price_days') }} as newest) + 1,
            days.price_date + 1 + {{ var('price_carried_days') }}
        ) as until_date
    from days
    left join versions
        on
            days.price_series_key = versions.price_series_key
            and days.last_observed_at = versions.previous_observed_at
            and versions.state <> 'offered'

),

shown as (

    select
        price_series_key,
        price_date,
        price_amount,
        regular_price_amount,
        0 as days_later
    from {{ ref('price_days') }}

    union all

    select
        followed.price_series_key,
        followed.price_date + offsets.days_later as price_date,
        followed.price_amount,
        followed.regular_price_amount,
        offsets.days_later
    from followed
    inner join offsets on followed.price_date + offsets.days_later < followed.until_date
    where followed.price_date + 1 < followed.until_date and offsets.days_later > 0

)

select
    {{ surrogate_key(['shown.price_series_key', 'shown.price_date']) }} as daily_price_key,
    shown.price_series_key,
    series.mode,
    series.item_id,
    series.catalog_product_id,
    series.context,
    shown.price_date,
    shown.price_amount,
    shown.regular_price_amount,
    series.currency_id,
    shown.days_later = 0 as is_observed,
    shown.days_later as days_since_observed

from shown
inner join series on shown.price_series_key = series.price_series_key
