with payments as (

    select * from {{ ref('stg_mercadolivre__order_payments') }}

)

select
    order_id,
    sum(refunded_amount) as refund_amount

from payments
where refunded_amount <> 0
group by order_id
