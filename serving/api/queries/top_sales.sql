-- What sells best where: cancelled orders and trials left out.
with sold as (

    select
        product_id,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(net_amount) as net_amount,
        count(distinct order_id) as order_count,
        {measure} as measure
    from fact_sales
    where not is_cancelled and not is_test and {filters}
    group by product_id

),

ranked as (

    select
        *,
        row_number() over (order by measure desc, product_id) as rank
    from sold

)

select
    json_build_array(cast(ranked.measure as text), ranked.product_id) as key,
    row_to_json(element) as element
from (
    select *
    from ranked
    where
        %(after_measure)s::numeric is null
        or measure < %(after_measure)s::numeric
        or (measure = %(after_measure)s::numeric and product_id > %(after_id)s::text)
    order by rank
    limit %(limit)s
) as ranked
left join dim_product as product on ranked.product_id = product.product_id and product.is_current
cross join lateral (
    select
        ranked.rank,
        ranked.product_id,
        product.seller_sku,
        product.title,
        product.brand_name,
        ranked.quantity,
        ranked.gross_amount,
        ranked.net_amount,
        ranked.order_count
) as element
order by ranked.rank
