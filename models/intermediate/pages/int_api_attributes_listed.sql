with products as (

    select * from {{ ref('stg_mercadolivre__products') }}

),

looks as (

    select
        product_id,
        max(observed_at) as observed_at,
        max(offer_count) as offer_count
    from {{ ref('stg_mercadolivre__product_observations') }} as looks
    where
        (is_complete or offer_count > 0)
        and observed_at = (
            select max(newer.observed_at)
            from {{ ref('stg_mercadolivre__product_observations') }} as newer
            where
                looks.product_id = newer.product_id
                and (newer.is_complete or newer.offer_count > 0)
        )
    group by product_id

),

-- the offers and the product itself name the winner
winners as (

    select
        offers.product_id,
        max(offers.price_amount) as price_amount,
        max(offers.currency_id) as currency_id
    from {{ ref('stg_mercadolivre__offer_observations') }} as offers
    inner join looks
        on offers.product_id = looks.product_id and offers.observed_at = looks.observed_at
    where offers.is_winner
    group by offers.product_id

),

listed as (

    {%- for attribute, column in [
        ('name', 'product_name'), ('brand', 'brand_name'), ('gtin', 'gtin'), ('mpn', 'mpn')
    ] %}
    select
        product_id,
        '{{ attribute }}' as attribute,
        {{ column }} as value,
        observed_at
    from products
    union all
    {%- endfor %}
    select
        product_id,
        'availability' as attribute,
        case when offer_count > 0 then 'in_stock' else 'out_of_stock' end as value,
        observed_at
    from looks
    {%- for attribute, value in [
        ('price', 'cast(winners.price_amount as ' ~ dbt.type_string() ~ ')'),
        ('currency', 'winners.currency_id')
    ] %}
    union all
    select
        looks.product_id,
        '{{ attribute }}' as attribute,
        {{ value }} as value,
        looks.observed_at
    from looks
    inner join winners on looks.product_id = winners.product_id
    {%- endfor %}

)

select
    product_id,
    attribute,
    value,
    observed_at

from listed
where value <> ''
