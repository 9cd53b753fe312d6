with costs as (

    select * from {{ ref('stg_mercadolivre__shipment_costs') }}

),

shipments as (

    select distinct
        shipment_id,
        seller_id
    from {{ ref('stg_mercadolivre__orders') }}
    where shipment_id is not null

)

-- a cost that names no sender is the seller's
select
    shipments.shipment_id,
    shipments.seller_id,
    sum(costs.seller_cost_amount) as freight_amount

from costs
inner join shipments
    on
        costs.shipment_id = shipments.shipment_id
        and coalesce(costs.seller_id, shipments.seller_id) = shipments.seller_id
group by shipments.shipment_id, shipments.seller_id
