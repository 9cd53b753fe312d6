with prices as (

    select * from {{ ref('stg_mercadolivre__price_observations') }}

),

stocks as (

    select * from {{ ref('stg_mercadolivre__stock_observations') }}

),

products as (

    select * from {{ ref('stg_mercadolivre__product_observations') }}

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

    {% for source in ('prices', 'sale_price') -%}
        select
            item_id as subject_id,
            '{{ source }}' as source,
            observed_at,
            true as is_complete,
            'delisted' as absent_state,
            batch_id
        from stocks
        where item_status = 'closed'
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from unioned
