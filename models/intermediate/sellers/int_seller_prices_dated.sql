with offers as (

    select
        seller_id,
        product_id,
        price_amount,
        observed_at,
        {{ local_date('observed_at') }} as observed_date
    from {{ ref('stg_mercadolivre__offer_observations') }}
    where price_amount is not null

),

numbered as (

    select
        *,
        row_number() over (
            partition by seller_id, product_id, observed_date
            order by observed_at desc, price_amount asc
        ) as copy_number
    from offers

)

select
    seller_id,
    product_id,
    observed_date,
    price_amount

from numbered
where copy_number = 1
