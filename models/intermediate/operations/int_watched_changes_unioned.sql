{%- set columns = [
    'watch_id', 'catalog_product_id', 'context', 'changed_at', 'seen_until_at',
    'previous_observed_at',
] %}

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
    {{ columns | join(', ') }},
    'price' as kind,
    false as is_best_offer,
    price_series_key as series_key,
    item_id,
    seller_id,
    currency_id,
    from_price_amount,
    to_price_amount

from listings_repriced

union all

select
    {{ columns | join(', ') }},
    'price' as kind,
    true as is_best_offer,
    {{ surrogate_key(['catalog_product_id', 'context', 'currency_id']) }} as series_key,
    item_id,
    seller_id,
    currency_id,
    from_price_amount,
    to_price_amount

from products_repriced

union all

select
    {{ columns | join(', ') }},
    'back_in_stock' as kind,
    false as is_best_offer,
    stock_series_key as series_key,
    item_id,
    seller_id,
    null as currency_id,
    null as from_price_amount,
    null as to_price_amount

from listings_restocked

union all

select
    {{ columns | join(', ') }},
    'back_in_stock' as kind,
    true as is_best_offer,
    {{ surrogate_key(['catalog_product_id', 'context']) }} as series_key,
    null as item_id,
    null as seller_id,
    null as currency_id,
    null as from_price_amount,
    null as to_price_amount

from products_restocked
