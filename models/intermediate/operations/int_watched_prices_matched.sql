with watches as (

    select * from {{ ref('stg_ops__price_watches') }}
    where is_active

),

series as (

    select * from {{ ref('price_series') }}

),

listings as (

    -- a product has several, and each a row per variation
    select distinct
        watches.watch_id,
        watches.watched_from,
        watches.product_id,
        watches.context,
        coalesce(watches.item_id, identity.item_id) as item_id
    from watches
    left join {{ ref('product_identity') }} as identity
        on watches.product_id = identity.product_id

),

-- without a context the price that every buyer sees, by the best source there is
ranked as (

    select
        listings.watch_id,
        listings.watched_from,
        listings.product_id,
        series.*,
        rank() over (
            partition by listings.watch_id, series.item_id
            order by
                case series.source
                    when 'sale_price' then 1 when 'offers' then 2 when 'prices' then 3 else 4
                end
        ) as place
    from listings
    inner join series on listings.item_id = series.item_id
    where
        series.context = listings.context
        or (
            listings.context is null
            and (
                series.mode = 'watch'
                or series.context in ('sale:channel_marketplace', 'list:standard::1')
            )
        )

)

select
    watch_id,
    watched_from,
    product_id,
    price_series_key,
    mode,
    item_id,
    catalog_product_id,
    seller_id,
    context,
    currency_id

from ranked
where place = 1

union all

-- of a product of the catalogue all offers
select
    watches.watch_id,
    watches.watched_from,
    watches.product_id,
    null as price_series_key,
    'watch' as mode,
    null as item_id,
    watches.product_id as catalog_product_id,
    null as seller_id,
    coalesce(watches.context, 'offer:' || watches.product_id) as context,
    null as currency_id

from watches
inner join {{ ref('dim_catalog_product') }} as catalog
    on watches.product_id = catalog.catalog_product_id
