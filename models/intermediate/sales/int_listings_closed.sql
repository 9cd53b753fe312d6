with stock as (

    select * from {{ ref('stg_mercadolivre__stock_observations') }}

)

select
    item_id,
    min(observed_at) as first_seen_closed_at

from stock
where item_status = 'closed'
group by item_id
