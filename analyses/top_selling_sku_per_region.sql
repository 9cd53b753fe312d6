-- Which SKU sells best in each region?
with sold as (

    select
        regions.region,
        coalesce(listings.seller_sku, listings.product_id) as sku,
        max(products.title) as title,
        sum(sales.quantity) as units,
        sum(sales.gross_amount - sales.discount_amount) as revenue,
        count(distinct sales.buyer_uf) as states
    from marts.fact_sales as sales
    inner join marts.dim_region as regions on sales.buyer_uf = regions.uf
    left join marts.product_identity as listings on sales.listing_key = listings.listing_key
    left join marts.dim_product as products
        on sales.product_id = products.product_id and products.is_current
    where not sales.is_cancelled and not sales.is_test
    group by regions.region, coalesce(listings.seller_sku, listings.product_id)

),

ranked as (

    select
        *,
        row_number() over (partition by region order by units desc, revenue desc, sku asc) as place
    from sold

)

select
    region,
    place,
    sku,
    title,
    units,
    revenue,
    states
from ranked
where place <= 3
order by region asc, place asc
