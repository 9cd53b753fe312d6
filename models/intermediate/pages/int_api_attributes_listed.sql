with products as (

    select * from {{ ref('stg_mercadolivre__products') }}

),

looks as (

    select * from {{ ref('stg_mercadolivre__product_observations') }}
    where is_complete or offer_count > 0

),

newest as (

    select
        product_id,
        max(observed_at) as observed_at
    from looks
    group by product_id

),

newest_looks as (

    select
        newest.product_id,
        newest.observed_at,
        max(looks.offer_count) as offer_count
    from newest
    inner join looks
        on newest.product_id = looks.product_id and newest.observed_at = looks.observed_at
    group by newest.product_id, newest.observed_at

),

-- the offers and the product itself name the winner
winners as (

    select
        offers.product_id,
        max(offers.price_amount) as price_amount,
        max(offers.currency_id) as currency_id
    from {{ ref('stg_mercadolivre__offer_observations') }} as offers
    inner join newest
        on offers.product_id = newest.product_id and offers.observed_at = newest.observed_at
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
    from newest_looks
    {%- for attribute, value in [
        ('price', 'cast(winners.price_amount as ' ~ dbt.type_string() ~ ')'),
        ('currency', 'winners.currency_id')
    ] %}
    union all
    select
        winners.product_id,
        '{{ attribute }}' as attribute,
        {{ value }} as value,
        newest.observed_at
    from winners
    inner join newest on winners.product_id = newest.product_id
    {%- endfor %}

)

select
    product_id,
    attribute,
    value,
    observed_at

from listed
where value <> ''
