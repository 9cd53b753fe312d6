with watched as (

    select * from {{ ref('int_watched_prices_matched') }}
    where item_id is null

),

competition as (

    select
        *,
        seen_offer_count > 0 as is_sold
    from {{ ref('offer_competition') }}
    where is_complete

),

-- the look before the watch was made, and those after it
looks as (

    select
        watched.*,
        competition.observed_at,
        competition.is_sold,
        lag(competition.is_sold) over series as was_sold,
        lag(competition.observed_at) over series as previous_observed_at
    from watched
    inner join competition
        on
            watched.catalog_product_id = competition.catalog_product_id
            and {{ dbt.dateadd('day', -30, 'watched.watched_from') }} < competition.observed_at
    window series as (partition by watched.watch_id order by competition.observed_at)

),

numbered as (

    select
        *,
        sum(case when is_sold <> was_sold then 1 else 0 end) over (
            partition by watch_id order by observed_at
        ) as run_number
    from looks

)

select
    watch_id,
    catalog_product_id,
    context,
    min(observed_at) as changed_at,
    max(observed_at) as seen_until_at,
    min(previous_observed_at) as previous_observed_at

from numbered
where run_number > 0 and is_sold
group by watch_id, watched_from, catalog_product_id, context, run_number
having min(observed_at) > watched_from
