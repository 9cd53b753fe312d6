with products as (

    select * from {{ ref('int_products_listed') }}

),

items as (

    select * from {{ ref('stg_mercadolivre__items') }}

),

variations as (

    select * from {{ ref('stg_mercadolivre__item_variations') }}

),

list_prices as (

    select * from {{ ref('int_list_prices_observed') }}

),

user_products as (

    select * from {{ ref('stg_mercadolivre__user_products') }}

),

catalog_products as (

    select * from {{ ref('stg_mercadolivre__products') }}

),

orders as (

    select * from {{ ref('int_listings_last_ordered') }}

)

select
    products.product_id,
    products.seller_id,
    products.item_id,
    products.variation_id,
    products.user_product_id,
    products.seller_sku,
    products.catalog_product_id,
    coalesce(products.family_id, user_products.family_id) as family_id,
    coalesce(items.title, orders.item_title) as title,
    coalesce(variations.variation_name, orders.variation_name) as variation_name,
    coalesce(items.category_id, orders.category_id) as category_id,
    coalesce(items.brand_name, user_products.brand_name, catalog_products.brand_name)
        as brand_name,
    coalesce(items.condition, orders.condition) as condition,
    coalesce(items.listing_type_id, orders.listing_type_id) as listing_type_id,
    items.logistic_type,
    items.has_free_shipping,
    items.is_catalog_listing,
    items.status,
    coalesce(items.is_deleted, false) as is_listing_deleted,
    coalesce(items.base_price_amount, list_prices.list_price_amount) as list_price_amount,
    coalesce(items.currency_id, orders.currency_id) as currency_id,
    coalesce(products.updated_at, orders.sold_at) as updated_at

from products
left join items on products.item_id = items.item_id
left join variations
    on products.item_id = variations.item_id and products.variation_id = variations.variation_id
left join list_prices on products.item_id = list_prices.item_id
left join user_products on products.user_product_id = user_products.user_product_id
left join catalog_products on products.catalog_product_id = catalog_products.product_id
left join orders
    on products.item_id = orders.item_id and products.variation_id = orders.variation_id
