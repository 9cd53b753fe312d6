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

-- what a product costs: the best offer, or in that context the one with the buy box
looks as (

    select
        watched.*,
        competition.observed_at,
        case
            when watched.is_buy_box then competition.winner_item_id
            else competition.leader_item_id
        end as best_item_id,
        case
            when watched.is_buy_box then competition.winner_price_amount
            else competition.leader_price_amount
        end as price_amount
    from watched
    inner join competition
        on
            watched.catalog_product_id = competition.catalog_product_id
            and {{ dbt.dateadd('day', -30, 'watched.watched_from') }} < competition.observed_at

),

compared as (

    select
        *,
        lag(price_amount) over series as previous_price_amount,
        lag(observed_at) over series as previous_observed_at,
        max(observed_at) over (partition by watch_id) as newest_at
    from looks
    where price_amount is not null
    window series as (partition by watch_id order by observed_at)

),

-- a price was last seen in the look before the next change
changed as (

    select
        *,
        lead(previous_observed_at, 1, newest_at) over (
            partition by watch_id order by observed_at
        ) as seen_until_at
    from compared
    where price_amount <> previous_price_amount

)

select
    changed.watch_id,
    changed.catalog_product_id,
    changed.context,
    offers.item_id,
    offers.seller_id,
    offers.currency_id,
    changed.observed_at as changed_at,
    changed.seen_until_at,
    changed.previous_observed_at,
    changed.previous_price_amount as from_price_amount,
    changed.price_amount as to_price_amount

from changed
inner join offers
    on
        changed.best_item_id = offers.item_id
        and changed.catalog_product_id = offers.catalog_product_id
where changed.observed_at > changed.watched_from
