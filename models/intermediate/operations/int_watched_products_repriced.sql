with watched as (

    select
        *,
        context like 'winner:%' as is_buy_box
    from {{ ref('int_watched_prices_matched') }}
    where item_id is null

),

competition as (

    select * from {{ ref('offer_competition') }}
    where is_complete

),

offers as (

    select distinct
        item_id,
        catalog_product_id,
        seller_id,
        currency_id
    from {{ ref('price_series') }}
    where source = 'offers'

),

-- a product costs what its best offer asks, or in that context the one with the buy box
looks as (

    select
        watched.*,
        competition.observed_at,
        case when watched.is_buy_box
            then competition.winner_item_id else competition.leader_item_id
        end as best_item_id,
        case when watched.is_buy_box
            then competition.winner_price_amount else competition.leader_price_amount
        end as price_amount
    from watched
    inner join competition
        on
            watched.catalog_product_id = competition.catalog_product_id
            and {{ dbt.dateadd('day', -30, 'watched.watched_from') }} < competition.observed_at

),

compared as (

    select
        looks.*,
        lag(price_amount) over series as previous_price_amount,
        lag(observed_at) over series as previous_observed_at
    from looks
    where price_amount is not null
    window series as (partition by watch_id order by observed_at)

),

numbered as (

    select
        *,
        sum(case when price_amount <> previous_price_amount then 1 else 0 end) over (
            partition by watch_id order by observed_at
        ) as change_number
    from compared

),

followed as (

    select
        *,
        max(observed_at) over (partition by watch_id, change_number) as seen_until_at
    from numbered

)

select
    followed.watch_id,
    followed.catalog_product_id,
    followed.context,
    offers.item_id,
    offers.seller_id,
    offers.currency_id,
    followed.observed_at as changed_at,
    followed.seen_until_at,
    followed.previous_observed_at,
    followed.previous_price_amount as from_price_amount,
    followed.price_amount as to_price_amount

from followed
inner join offers
    on
        followed.best_item_id = offers.item_id
        and followed.catalog_product_id = offers.catalog_product_id
where
    followed.price_amount <> followed.previous_price_amount
    and followed.observed_at > followed.watched_from
