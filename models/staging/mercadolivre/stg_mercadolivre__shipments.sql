select
    -- ids
    id as shipment_id,
    order_id,
    sender_id as seller_id,
    receiver_hash,
    shipping_method_id,
    country_id,
    state_id,
    city_id,
    site_id,

    -- text
    status,
    substatus,
    mode as shipping_mode,
    logistic_type,
    direction,
    state_name,
    city_name,
    postal_code_prefix,
    lead_time_cost_type as cost_type,

    -- numbers
    cast(declared_value as decimal(18, 2)) as declared_amount,
    cast(base_cost as decimal(18, 2)) as base_cost_amount,
    cast(lead_time_cost as decimal(18, 2)) as cost_amount,
    cast(lead_time_list_cost as decimal(18, 2)) as list_cost_amount,

    -- times
    {{ utc_timestamp('date_created') }} as created_at,
    {{ utc_timestamp('estimated_delivery_time') }} as estimated_delivery_at,
    {{ utc_timestamp('estimated_delivery_limit') }} as estimated_delivery_limit_at,
    {{ utc_timestamp('last_updated') }} as updated_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'shipments') }}
