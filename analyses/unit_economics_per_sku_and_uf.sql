-- What is left of a sale per SKU and state, after fee, freight and refunds?
select
    coalesce(listings.seller_sku, listings.product_id) as sku,
    sales.buyer_uf,
    sum(sales.quantity) as units,
    sum(sales.gross_amount) as gross,
    sum(sales.discount_amount) as discount,
    sum(sales.fee_amount) as fee,
    sum(sales.freight_amount) as freight,
    sum(sales.refund_amount) as refund,
    sum(sales.net_amount) as net,
    cast(
        sum(sales.net_amount) / nullif(sum(sales.gross_amount - sales.discount_amount), 0)
        as decimal(18, 4)
    ) as net_share
from marts.fact_sales as sales
left join marts.product_identity as listings on sales.listing_key = listings.listing_key
where not sales.is_cancelled and not sales.is_test
group by coalesce(listings.seller_sku, listings.product_id), sales.buyer_uf
order by net desc, sku asc, sales.buyer_uf asc
limit 20
