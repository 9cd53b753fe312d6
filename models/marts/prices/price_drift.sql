with series as (

    select * from {{ ref('price_series') }}

),

newest as (

    select max(price_date) as as_of_date
    from {{ ref('price_days') }}

),

spans as (

    select
        newest.as_of_date,
        lengths.window_days,
        cast({{ dbt.dateadd('day', '1 - lengths.window_days', 'newest.as_of_date') }} as date)
            as from_date
    from newest
    cross join (values (7), (30), (90)) as lengths (window_days)

),

ranked as (

    select
        spans.*,
        days.*,
        row_number() over (
            partition by days.price_series_key, spans.window_days order by days.price_date
        ) as place_from_start,
        row_number() over (
            partition by days.price_series_key, spans.window_days order by days.price_date desc
        ) as place_from_end
    from {{ ref('price_days') }} as days
    inner join spans on days.price_date >= spans.from_date
    where days.price_date >= (select min(longest.from_date) from spans as longest)

),

drifted as (

    select
        price_series_key,
        window_days,
        as_of_date,
        max(case when place_from_start = 1 then price_amount end) as first_price_amount,
        max(case when place_from_end = 1 then price_amount end) as last_price_amount,
        max(case when place_from_end = 1 then regular_price_amount end) as regular_price_amount,
        min(lowest_price_amount) as lowest_price_amount,
        max(highest_price_amount) as highest_price_amount,
        count(*) as observed_day_count,
        cast(count(*) as decimal(18, 4)) / window_days as observed_share
    from ranked
    group by price_series_key, window_days, as_of_date

)

select
    {{ surrogate_key(['drifted.price_series_key', 'drifted.window_days']) }} as price_drift_key,
    drifted.price_series_key,
    series.mode,
    series.item_id,
    series.catalog_product_id,
    series.context,
    drifted.window_days,
    drifted.as_of_date,
    cast(drifted.first_price_amount as decimal(18, 2)) as first_price_amount,
    cast(drifted.last_price_amount as decimal(18, 2)) as last_price_amount,
    cast(drifted.lowest_price_amount as decimal(18, 2)) as lowest_price_amount,
    cast(drifted.highest_price_amount as decimal(18, 2)) as highest_price_amount,
    cast(drifted.regular_price_amount as decimal(18, 2)) as regular_price_amount,
    cast(
        drifted.last_price_amount / nullif(drifted.first_price_amount, 0) - 1 as decimal(18, 4)
    ) as drift_share,
    drifted.observed_day_count,
    cast(drifted.observed_share as decimal(18, 4)) as observed_share,
    case
        when
            drifted.window_days = 90
            and drifted.observed_share >= {{ var('least_observed_share') }}
            -- a promotion's series shows its own prices only, so all of the listing's count
            then coalesce(
                drifted.regular_price_amount > max(drifted.highest_price_amount) over (
                    partition by series.item_id, series.currency_id, drifted.window_days
                ),
                false
            )
    end as is_fake_discount

from drifted
inner join series on drifted.price_series_key = series.price_series_key
