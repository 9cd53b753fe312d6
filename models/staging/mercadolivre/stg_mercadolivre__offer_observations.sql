select
    -- ids
    product_id,
    item_id,
    seller_id,
    category_id,
    listing_type_id,
    official_store_id,
    inventory_id,
    state_id,
    city_id,
    currency_id,
    site_id,
    _dlt_load_id as batch_id,

    -- text
    source,
    condition,
    warranty,
    tier,
    logistic_type,
    shipping_mode,
    state_name,
    city_name,

    -- numbers
    position,
    cast(price as decimal(18, 2)) as price_amount,
    cast(original_price as decimal(18, 2)) as original_price_amount,
    available_quantity as available_quantity_band,
    sold_quantity as sold_quantity_band,

    -- booleans
    is_winner,
    free_shipping as has_free_shipping,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'offer_observations') }}
