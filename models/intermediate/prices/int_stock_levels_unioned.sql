with stocks as (

    select * from {{ ref('stg_mercadolivre__stock_observations') }}

),

offers as (

    select * from {{ ref('stg_mercadolivre__offer_observations') }}

),

bands as (

    select * from {{ ref('stock_bands') }}

),

unioned as (

    select
        'own' as mode,
        item_id,
        variation_id,
        cast(null as {{ dbt.type_string() }}) as catalog_product_id,
        'own:' || cast(variation_id as {{ dbt.type_string() }}) as context,
        available_quantity as lowest_quantity,
        available_quantity as highest_quantity,
        observed_at,
        batch_id
    from stocks
    where available_quantity is not null

    union all

    select
        'watch' as mode,
        offers.item_id,
        null as variation_id,
        offers.product_id as catalog_product_id,
        case when offers.source = 'product' then 'winner:' else 'offer:' end || offers.product_id
            as context,
        cast(bands.lowest_quantity as bigint) as lowest_quantity,
        cast(bands.highest_quantity as bigint) as highest_quantity,
        offers.observed_at,
        offers.batch_id
    from offers
    inner join bands on offers.available_quantity_band = bands.shown_quantity

)

select
    *,
    {{ surrogate_key(['item_id', 'context']) }} as stock_series_key

from unioned
