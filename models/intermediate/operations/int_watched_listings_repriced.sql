with watched as (

    select * from {{ ref('int_watched_prices_matched') }}
    where item_id is not null

),

history as (

    select * from {{ ref('product_price_history') }}

),

-- a price lasts until another is asked, though its listing may be gone in between
numbered as (

    select
        watched.*,
        history.valid_from,
        history.last_observed_at,
        history.price_amount,
        case
            when history.price_amount <> history.previous_price_amount
                then history.previous_price_amount
        end as from_price_amount,
        history.previous_observed_at,
        sum(case when history.price_amount <> history.previous_price_amount then 1 else 0 end)
            over (
                partition by watched.watch_id, watched.price_series_key
                order by history.valid_from
            ) as change_number
    from watched
    inner join history
        on
            watched.price_series_key = history.price_series_key
            and watched.watched_from < history.valid_from
    where history.state = 'offered'

),

changed as (

    select
        watch_id,
        price_series_key,
        change_number,
        item_id,
        catalog_product_id,
        seller_id,
        context,
        currency_id,
        min(valid_from) as changed_at,
        max(last_observed_at) as seen_until_at,
        min(previous_observed_at) as previous_observed_at,
        cast(min(from_price_amount) as decimal(18, 2)) as from_price_amount,
        cast(min(price_amount) as decimal(18, 2)) as to_price_amount
    from numbered
    where change_number > 0
    group by
        watch_id, price_series_key, change_number, item_id, catalog_product_id, seller_id,
        context, currency_id

)

select
    watch_id,
    price_series_key,
    item_id,
    catalog_product_id,
    seller_id,
    context,
    currency_id,
    changed_at,
    seen_until_at,
    previous_observed_at,
    from_price_amount,
    to_price_amount

from changed
