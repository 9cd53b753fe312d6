select
    -- ids
    id as order_id,
    seller_id,
    pack_id,
    shipping_id as shipment_id,
    buyer_hash,
    currency_id,

    -- text
    status,
    status_detail,
    buying_mode,
    channel,
    {{ json_list_text('flows') }} as flows,
    cancel_group,
    cancel_code,
    cancel_requested_by,

    -- numbers
    cast(total_amount as decimal(18, 2)) as total_amount,
    cast(paid_amount as decimal(18, 2)) as paid_amount,
    cast(shipping_cost as decimal(18, 2)) as shipping_amount,
    cast(coupon_amount as decimal(18, 2)) as coupon_amount,
    cast(taxes_amount as decimal(18, 2)) as tax_amount,
    {{ json_list_count('mediations') }} as mediation_count,

    -- booleans
    fulfilled as is_fulfilled,
    {{ json_list_contains('tags', 'catalog') }} as is_catalog,
    {{ json_list_contains('tags', 'delivered') }} as is_delivered,
    {{ json_list_contains('tags', 'order_has_discount') }} as has_discount,
    {{ json_list_contains('tags', 'test_order') }} as is_test,

    -- times
    {{ utc_timestamp('date_created') }} as created_at,
    {{ utc_timestamp('date_closed') }} as closed_at,
    {{ utc_timestamp('cancel_date') }} as cancelled_at,
    {{ utc_timestamp('date_last_updated') }} as updated_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'orders') }}
