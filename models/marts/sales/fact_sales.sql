with lines as (

    select * from {{ ref('int_order_lines_cleaned') }}

),

charges as (

    select * from {{ ref('int_order_lines_charged') }}

),

orders as (

    select * from {{ ref('stg_mercadolivre__orders') }}

),

shipments as (

    select * from {{ ref('int_shipments_located') }}

),

listings as (

    select * from {{ ref('product_identity') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

sellers as (

    select * from {{ ref('dim_seller') }}

)

select
    lines.sale_key,
    lines.order_id,
    lines.position as line_number,
    orders.pack_id,
    lines.shipment_id,
    products.product_key,
    listings.product_id,
    listings.listing_key,
    lines.item_id,
    lines.variation_id,
    sellers.seller_key,
    lines.seller_id,
    lines.category_id,
    lines.listing_type_id,

    orders.buyer_hash,
    shipments.uf as buyer_uf,
    shipments.city_name as buyer_city_name,
    shipments.postal_code_prefix as buyer_postal_code_prefix,

    orders.status as order_status,
    coalesce(orders.status = 'cancelled', false) as is_cancelled,
    coalesce(orders.is_test, false) as is_test,
    {{ local_date('lines.sold_at') }} as sale_date,
    lines.sold_at,
    orders.closed_at as paid_at,
    orders.cancelled_at,

    lines.currency_id,
    lines.quantity,
    lines.unit_price_amount,
    lines.gross_amount,
    cast(lines.gross_amount - lines.line_amount as decimal(18, 2)) as discount_amount,
    lines.fee_amount,
    charges.freight_amount,
    charges.refund_amount,
    cast(
        lines.line_amount - lines.fee_amount - charges.freight_amount - charges.refund_amount
        as decimal(18, 2)
    ) as net_amount

from lines
inner join charges on lines.sale_key = charges.sale_key
left join orders on lines.order_id = orders.order_id
left join shipments on lines.shipment_id = shipments.shipment_id
left join listings
    on lines.item_id = listings.item_id and lines.variation_id = listings.variation_id
left join products
    on
        listings.product_id = products.product_id
        and lines.sold_at >= products.valid_from
        and lines.sold_at < products.valid_to
left join sellers
    on
        lines.seller_id = sellers.seller_id
        and lines.sold_at >= sellers.valid_from
        and lines.sold_at < sellers.valid_to
