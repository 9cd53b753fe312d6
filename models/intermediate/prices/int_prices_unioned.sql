with prices as (

    select * from {{ ref('stg_mercadolivre__price_observations') }}

),

sale_prices as (

    select * from {{ ref('stg_mercadolivre__sale_price_observations') }}

),

offers as (

    select * from {{ ref('stg_mercadolivre__offer_observations') }}

),

unioned as (

    select
        'own' as mode,
        'prices' as source,
        item_id as subject_id,
        item_id,
        cast(null as {{ dbt.type_string() }}) as catalog_product_id,
        cast(null as bigint) as seller_id,
        'list:' || coalesce(price_type, '') || ':' || contexts || ':'
        || cast(coalesce(minimum_quantity, 1) as {{ dbt.type_string() }})
        || case when tax_inclusion = 'net' then ':net' else '' end as context,
        contexts,
        coalesce(minimum_quantity, 1) as minimum_quantity,
        coalesce(starts_at <= observed_at, true)
        and coalesce(ends_at > observed_at, true) as is_in_force,
        price_id,
        price_amount,
        regular_price_amount,
        currency_id,
        observed_at,
        batch_id
    from prices

    union all

    select
        'own' as mode,
        'sale_price' as source,
        item_id as subject_id,
        item_id,
        null as catalog_product_id,
        null as seller_id,
        'sale:' || context as context,
        context as contexts,
        1 as minimum_quantity,
        true as is_in_force,
        price_id,
        price_amount,
        regular_price_amount,
        currency_id,
        observed_at,
        batch_id
    from sale_prices

    union all

    select
        'watch' as mode,
        source,
        product_id as subject_id,
        item_id,
        product_id as catalog_product_id,
        seller_id,
        case when source = 'product' then 'winner:' else 'offer:' end || product_id as context,
        '' as contexts,
        1 as minimum_quantity,
        true as is_in_force,
        cast(position as {{ dbt.type_string() }}) as price_id,
        price_amount,
        original_price_amount as regular_price_amount,
        currency_id,
        observed_at,
        batch_id
    from offers

)

select * from unioned
where price_amount is not null
