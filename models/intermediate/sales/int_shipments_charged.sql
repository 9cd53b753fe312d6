with costs as (

    select * from {{ ref('stg_mercadolivre__shipment_costs') }}

)

select
    shipment_id,
    seller_id,
    sum(seller_cost_amount) as freight_amount

from costs
group by shipment_id, seller_id
