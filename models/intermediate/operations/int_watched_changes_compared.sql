{%- set since = dbt.dateadd('day', -30, 'changes.changed_at') %}
{%- set last_date = local_date('changes.changed_at') %}

with changes as (

    select * from {{ ref('int_watched_changes_unioned') }}

),

stocks as (

    select * from {{ ref('int_watched_stocks_matched') }}

)

-- subqueries by index: few prices have changed since somebody watches, and many were ever observed
select
    changes.*,
    case
        when changes.kind = 'price' and not changes.is_best_offer
            then (
                select min(history.price_amount)
                from {{ ref('product_price_history') }} as history
                where
                    history.price_series_key = changes.series_key
                    and history.valid_from <= changes.changed_at
                    and history.last_observed_at > {{ since }}
            )
        when changes.kind = 'price'
            then (
                select
                    case
                        when changes.context like 'winner:%' then min(looks.winner_price_amount)
                        else min(looks.leader_price_amount)
                    end
                from {{ ref('offer_competition') }} as looks
                where
                    looks.catalog_product_id = changes.catalog_product_id
                    and looks.observed_at <= changes.changed_at
                    and looks.observed_at > {{ since }}
                    and looks.is_complete
            )
    end as lowest_price_amount,
    case
        when changes.kind = 'price' and not changes.is_best_offer
            then (
                select count(*)
                from {{ ref('price_days') }} as days
                where
                    days.price_series_key = changes.series_key
                    and days.price_date <= {{ last_date }}
                    and days.price_date > {{ last_date }} - 30
            )
        when changes.kind = 'price'
            then (
                select count(distinct {{ local_date('looks.observed_at') }})
                from {{ ref('offer_competition') }} as looks
                where
                    looks.catalog_product_id = changes.catalog_product_id
                    and looks.observed_at <= changes.changed_at
                    and {{ local_date('looks.observed_at') }} > {{ last_date }} - 30
                    and looks.is_complete
                    and looks.seen_offer_count > 0
            )
    end as observed_day_count,
    stock.lowest_quantity,
    stock.highest_quantity

from changes
-- of a listing with variations their sum; unknown above where one of them is
left join lateral (
    select
        sum(history.lowest_quantity) as lowest_quantity,
        case when count(history.highest_quantity) = count(*) then sum(history.highest_quantity) end
            as highest_quantity
    from stocks
    inner join {{ ref('product_stock_history') }} as history
        on stocks.stock_series_key = history.stock_series_key
    where
        stocks.watch_id = changes.watch_id
        and stocks.item_id = changes.item_id
        and history.valid_from <= changes.changed_at
        and history.valid_to > changes.changed_at
) as stock on true
