select
    -- ids
    order_id,
    id as payment_id,
    payment_method_id,
    currency_id,
    site_id,

    -- text
    status,
    status_detail,
    payment_type,
    operation_type,

    -- numbers
    installments as installment_count,
    cast(transaction_amount as decimal(18, 2)) as transaction_amount,
    cast(transaction_amount_refunded as decimal(18, 2)) as refunded_amount,
    cast(total_paid_amount as decimal(18, 2)) as total_paid_amount,
    cast(shipping_cost as decimal(18, 2)) as shipping_amount,
    cast(taxes_amount as decimal(18, 2)) as tax_amount,
    cast(coupon_amount as decimal(18, 2)) as coupon_amount,
    cast(overpaid_amount as decimal(18, 2)) as overpaid_amount,
    cast(marketplace_fee as decimal(18, 2)) as marketplace_fee_amount,

    -- times
    {{ utc_timestamp('date_created') }} as created_at,
    {{ utc_timestamp('date_approved') }} as approved_at,
    {{ utc_timestamp('date_last_modified') }} as updated_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'order_payments') }}
