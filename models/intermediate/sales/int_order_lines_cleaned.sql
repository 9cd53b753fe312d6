with lines as (

    select * from {{ ref('stg_mercadolivre__order_items') }}

),

orders as (

    select * from {{ ref('stg_mercadolivre__orders') }}

)

select
    {{ surrogate_key(['lines.order_id', 'lines.position']) }} as sale_key,
    lines.order_id,
    lines.position,
    orders.seller_id,
    orders.shipment_id,
    lines.item_id,
    case
        when {{ matches('lines.variation_id', '[0-9]{1,18}') }}
            then cast(lines.variation_id as bigint)
        else 0
    end as variation_id,
    lines.user_product_id,
    coalesce(lines.seller_sku, lines.seller_custom_field) as seller_sku,
    lines.item_title,
    lines.variation_name,
    lines.category_id,
    lines.listing_type_id,
    lines.condition,
    lines.currency_id,
    lines.quantity,
    lines.unit_price_amount,
    cast(lines.quantity * lines.unit_price_amount as decimal(18, 2)) as line_amount,
    cast(
        lines.quantity * coalesce(lines.full_unit_price_amount, lines.unit_price_amount)
        as decimal(18, 2)
    ) as gross_amount,
    cast(lines.quantity * coalesce(lines.unit_sale_fee_amount, 0) as decimal(18, 2)) as fee_amount,
    coalesce(orders.created_at, lines.observed_at) as sold_at

from lines
left join orders on lines.order_id = orders.order_id
