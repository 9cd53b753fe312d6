with watched as (

    select * from {{ ref('int_watched_stocks_matched') }}

),

history as (

    select * from {{ ref('product_stock_history') }}

),

-- the version that held when the watch was made, and those after it
levels as (

    select
        watched.*,
        history.lowest_quantity,
        history.highest_quantity,
        history.valid_from,
        history.last_observed_at,
        coalesce(history.highest_quantity = 0, false) as is_out,
        lag(coalesce(history.highest_quantity = 0, false)) over series as was_out,
        lag(history.last_observed_at) over series as previous_observed_at
    from watched
    inner join history
        on
            watched.stock_series_key = history.stock_series_key
            and watched.watched_from < history.valid_to
    window series as (
        partition by watched.watch_id, watched.stock_series_key order by history.valid_from
    )

),

numbered as (

    select
        *,
        sum(case when is_out <> was_out then 1 else 0 end) over series as run_number
    from levels
    window series as (partition by watch_id, stock_series_key order by valid_from)

)

select
    watch_id,
    stock_series_key,
    item_id,
    catalog_product_id,
    seller_id,
    context,
    min(valid_from) as changed_at,
    max(last_observed_at) as seen_until_at,
    min(previous_observed_at) as previous_observed_at

from numbered
where run_number > 0 and not is_out
group by
    watch_id, watched_from, stock_series_key, run_number, item_id, catalog_product_id, seller_id,
    context
having min(valid_from) > watched_from and min(lowest_quantity) > 0
