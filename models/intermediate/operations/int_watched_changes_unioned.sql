with listings_repriced as (

    select * from {{ ref('int_watched_listings_repriced') }}

),

products_repriced as (

    select * from {{ ref('int_watched_products_repriced') }}

),

listings_restocked as (

    select * from {{ ref('int_watched_listings_restocked') }}

),

products_restocked as (

    select * from {{ ref('int_watched_products_restocked') }}

)

select
    watch_id,
    'price' as kind,
    price_series_key as series_key,
    item_id,
    catalog_product_id,
    seller_id,
    context,
    currency_id,
    changed_at,
    seen_until_at,
    previous_observed_at,
    from_price_amount,
    to_price_amount,
    false as is_best_offer

from listings_repriced

union all

select
    watch_id,
    'price' as kind,
    {{ surrogate_key(['catalog_product_id', 'context', 'currency_id']) }} as series_key,
    item_id,
    catalog_product_id,
    seller_id,
    context,
    currency_id,
    changed_at,
    seen_until_at,
    previous_observed_at,
    from_price_amount,
    to_price_amount,
    true as is_best_offer

from products_repriced

union all

select
    watch_id,
    'back_in_stock' as kind,
    stock_series_key as series_key,
    item_id,
    catalog_product_id,
    seller_id,
    context,
    null as currency_id,
    changed_at,
    seen_until_at,
    previous_observed_at,
    null as from_price_amount,
    null as to_price_amount,
    false as is_best_offer

from listings_restocked

union all

select
    watch_id,
    'back_in_stock' as kind,
    {{ surrogate_key(['catalog_product_id', 'context']) }} as series_key,
    null as item_id,
    catalog_product_id,
    null as seller_id,
    context,
    null as currency_id,
    changed_at,
    seen_until_at,
    previous_observed_at,
    null as from_price_amount,
    null as to_price_amount,
    true as is_best_offer

from products_restocked
