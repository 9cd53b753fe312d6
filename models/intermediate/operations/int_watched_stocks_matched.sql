with matched as (

    select * from {{ ref('int_watched_prices_matched') }}
    where item_id is not null

),

identity as (

    select * from {{ ref('product_identity') }}

)

select
    matched.watch_id,
    matched.watched_from,
    matched.item_id,
    matched.catalog_product_id,
    identity.seller_id,
    'own:' || cast(identity.variation_id as {{ dbt.type_string() }}) as context,
    {{ surrogate_key([
        'matched.item_id', "'own:' || cast(identity.variation_id as " ~ dbt.type_string() ~ ")"
    ]) }} as stock_series_key

from matched
inner join identity
    on
        matched.item_id = identity.item_id
        and identity.product_id = coalesce(matched.product_id, identity.product_id)
where matched.mode = 'own'

union all

select
    watch_id,
    watched_from,
    item_id,
    catalog_product_id,
    seller_id,
    context,
    {{ surrogate_key(['item_id', 'context']) }} as stock_series_key

from matched
where mode = 'watch'
