with numbered as (

    select
        *,
        row_number() over (
            partition by item_id order by observed_at desc, price_id desc
        ) as age_number
    from {{ ref('stg_mercadolivre__price_observations') }}
    where price_type = 'standard' and contexts = '' and minimum_quantity is null

)

select
    item_id,
    price_amount as list_price_amount,
    observed_at

from numbered
where age_number = 1
