{%- set age = 'order_id, position' -%}
{%- set shipment = 'shipment_id, seller_id' -%}

with lines as (

    select * from {{ ref('int_order_lines_cleaned') }}

),

refunds as (

    select * from {{ ref('int_orders_refunded') }}

),

freights as (

    select * from {{ ref('int_shipments_charged') }}

),

orders as (

    select * from {{ ref('stg_mercadolivre__orders') }}

),

-- a parcel goes out for the lines that are not cancelled, if there is one
shipped as (

    select
        lines.*,
        case when orders.status = 'cancelled' then 0 else lines.line_amount end as shipped_amount
    from lines
    left join orders on lines.order_id = orders.order_id

),

weighed as (

    select
        *,
        case
            when sum(line_amount) over (partition by order_id) = 0 then 1
            else cast(round(line_amount * 100) as bigint)
        end as order_weight,
        case
            when sum(shipped_amount) over (partition by {{ shipment }}) > 0
                then cast(round(shipped_amount * 100) as bigint)
            when sum(line_amount) over (partition by {{ shipment }}) = 0 then 1
            else cast(round(line_amount * 100) as bigint)
        end as shipment_weight
    from shipped

),

shared as (

    select
        weighed.*,
        coalesce(refunds.refund_amount, 0) as order_refund_amount,
        coalesce(freights.freight_amount, 0) as shipment_freight_amount
    from weighed
    left join refunds on weighed.order_id = refunds.order_id
    left join freights
        on
            weighed.shipment_id = freights.shipment_id
            and weighed.seller_id = freights.seller_id

)

select
    sale_key,
    {{ allocated_amount('order_refund_amount', 'order_weight', 'order_id', age) }}
        as refund_amount,
    {{ allocated_amount('shipment_freight_amount', 'shipment_weight', shipment, age) }}
        as freight_amount

from shared
