-- a view: a watch counts once it is made, and not from the next build on
{{ config(materialized='view') }}

with changes as (

    select
        *,
        cast(
            {{ dbt.datediff('previous_observed_at', 'changed_at', 'hour') }} as int -- noqa: LT05
        ) as unobserved_hours
    from {{ ref('int_watched_changes_compared') }}

),

listings as (

    select * from {{ ref('stg_mercadolivre__items') }}

),

products as (

    select * from {{ ref('dim_catalog_product') }}

),

sellers as (

    select * from {{ ref('dim_seller') }}
    where is_current

)

select
    {{ surrogate_key([
        'changes.watch_id', 'changes.kind', 'changes.series_key', 'changes.changed_at'
    ]) }} as alert_key,
    changes.watch_id,
    changes.kind,
    changes.series_key,
    changes.item_id,
    changes.catalog_product_id,
    coalesce(changes.seller_id, listings.seller_id) as seller_id,
    changes.context,
    changes.is_best_offer,
    coalesce(listings.title, products.product_name) as title,
    sellers.nickname as seller_nickname,
    coalesce(
        listings.permalink, 'https://www.mercadolivre.com.br/p/' || changes.catalog_product_id
    ) as url,
    changes.currency_id,
    changes.from_price_amount,
    changes.to_price_amount,
    changes.lowest_price_amount,
    changes.observed_day_count,
    case
        when
            changes.observed_day_count >= 30 * {{ var('least_observed_share') }}
            then changes.to_price_amount <= changes.lowest_price_amount
    end as is_lowest,
    cast(changes.lowest_quantity as bigint) as lowest_quantity,
    cast(changes.highest_quantity as bigint) as highest_quantity,
    changes.changed_at,
    changes.seen_until_at,
    changes.previous_observed_at,
    changes.unobserved_hours,
    changes.unobserved_hours <= 24 * {{ var('price_carried_days') }} as is_directly_observed

from changes
left join listings on changes.item_id = listings.item_id
left join products on changes.catalog_product_id = products.catalog_product_id
left join sellers on coalesce(changes.seller_id, listings.seller_id) = sellers.seller_id
