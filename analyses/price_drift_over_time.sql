-- Which prices have moved most in 30 days, and how well were they observed?
with listings as (

    select
        item_id,
        max(title) as title
    from marts.dim_product
    where is_current
    group by item_id

)

select
    coalesce(listings.title, products.product_name) as title,
    drift.item_id,
    drift.context,
    drift.first_price_amount,
    drift.last_price_amount,
    drift.drift_share,
    drift.lowest_price_amount,
    drift.highest_price_amount,
    drift.observed_day_count,
    drift.observed_share
from marts.price_drift as drift
left join listings on drift.item_id = listings.item_id
left join marts.dim_catalog_product as products
    on drift.catalog_product_id = products.catalog_product_id
where drift.window_days = 30 and drift.observed_day_count > 1 and drift.drift_share <> 0
order by abs(drift.drift_share) desc, drift.item_id asc, drift.context asc
limit 20
