with matched as (

    select * from {{ ref('int_watched_prices_matched') }}
    where item_id is not null

),

identity as (

    select * from {{ ref('product_identity') }}

),

named as (

    select
        matched.watch_id,
        matched.watched_from,
        matched.item_id,
        matched.catalog_product_id,
        coalesce(matched.seller_id, identity.seller_id) as seller_id,
        case when matched.mode = 'own' then 'own:' || identity.variation_id else matched.context end
            as context
    from matched
    left join identity
        on
            matched.mode = 'own'
            and matched.item_id = identity.item_id
            and identity.product_id = coalesce(matched.product_id, identity.product_id)

)

select *, {{ surrogate_key(['item_id', 'context']) }} as stock_series_key
from named
