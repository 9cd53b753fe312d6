select
    -- ids
    shipment_id,
    position,
    sender_id as seller_id,

    -- numbers
    cast(cost as decimal(18, 2)) as seller_cost_amount,
    cast(save as decimal(18, 2)) as seller_discount_amount,
    cast(compensation as decimal(18, 2)) as seller_compensation_amount,
    cast(gross_amount as decimal(18, 2)) as gross_amount,
    cast(receiver_cost as decimal(18, 2)) as buyer_cost_amount,
    cast(receiver_save as decimal(18, 2)) as buyer_discount_amount,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'shipment_costs') }}
