-- Per account, sales add up to what orders, payments and shipments say, each line counted once.
with sold as (

    select
        seller_id,
        count(*) as line_count,
        sum(gross_amount - discount_amount) as sold_amount,
        sum(fee_amount) as fee_amount,
        sum(freight_amount) as freight_amount,
        sum(refund_amount) as refund_amount
    from {{ ref('fact_sales') }}
    group by seller_id

),

order_lines as (

    select
        orders.seller_id,
        count(*) as line_count,
        sum(lines.quantity * lines.unit_sale_fee_amount) as fee_amount
    from {{ ref('stg_mercadolivre__order_items') }} as lines
    left join {{ ref('stg_mercadolivre__orders') }} as orders on lines.order_id = orders.order_id
    group by orders.seller_id

),

orders as (

    select
        seller_id,
        sum(total_amount) as sold_amount
    from {{ ref('stg_mercadolivre__orders') }}
    group by seller_id

),

refunds as (

    select
        orders.seller_id,
        sum(payments.refunded_amount) as refund_amount
    from {{ ref('stg_mercadolivre__order_payments') }} as payments
    inner join {{ ref('stg_mercadolivre__orders') }} as orders
        on payments.order_id = orders.order_id
    group by orders.seller_id

),

shipments as (

    select distinct
        seller_id,
        shipment_id
    from {{ ref('stg_mercadolivre__orders') }}

),

freights as (

    select
        shipments.seller_id,
        sum(costs.seller_cost_amount) as freight_amount
    from {{ ref('stg_mercadolivre__shipment_costs') }} as costs
    inner join shipments
        on
            costs.shipment_id = shipments.shipment_id
            and coalesce(costs.seller_id, shipments.seller_id) = shipments.seller_id
    group by shipments.seller_id

)

select
    order_lines.seller_id,
    sold.line_count,
    order_lines.line_count as expected_line_count,
    sold.sold_amount,
    orders.sold_amount as expected_sold_amount,
    sold.fee_amount,
    order_lines.fee_amount as expected_fee_amount,
    sold.freight_amount,
    freights.freight_amount as expected_freight_amount,
    sold.refund_amount,
    refunds.refund_amount as expected_refund_amount

from order_lines
left join sold on order_lines.seller_id = sold.seller_id
left join orders on order_lines.seller_id = orders.seller_id
left join refunds on order_lines.seller_id = refunds.seller_id
left join freights on order_lines.seller_id = freights.seller_id
where
    sold.line_count is distinct from order_lines.line_count
    or sold.sold_amount is distinct from orders.sold_amount
    or sold.fee_amount is distinct from coalesce(order_lines.fee_amount, 0)
    or sold.refund_amount is distinct from coalesce(refunds.refund_amount, 0)
    or sold.freight_amount is distinct from coalesce(freights.freight_amount, 0)
