with prices as (

    select * from {{ ref('stg_mercadolivre__price_observations') }}

),

stocks as (

    select * from {{ ref('stg_mercadolivre__stock_observations') }}

),

products as (

    select * from {{ ref('stg_mercadolivre__product_observations') }}

),

-- a closed listing has no price left, whichever is asked for
sources as (

    select 'prices' as source
    union all
    select 'sale_price' as source

),

unioned as (

    select
        product_id as subject_id,
        source,
        observed_at,
        is_complete,
        case when offer_count = 0 then 'nobody_sells' else 'delisted' end as absent_state,
        batch_id
    from products

    union all

    -- all prices of a listing are told at once
    select
        item_id as subject_id,
        'prices' as source,
        observed_at,
        true as is_complete,
        'withdrawn' as absent_state,
        batch_id
    from prices

    union all

    select
        stocks.item_id as subject_id,
        sources.source,
        stocks.observed_at,
        true as is_complete,
        'delisted' as absent_state,
        stocks.batch_id
    from stocks
    cross join sources
    where stocks.item_status = 'closed'

)

select * from unioned
