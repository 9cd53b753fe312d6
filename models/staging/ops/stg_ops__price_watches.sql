select
    -- ids
    cast(watch_id as {{ dbt.type_string() }}) as watch_id,
    product_id,
    item_id,

    -- text
    context,

    -- booleans
    is_active,

    -- times
    watched_from

from {{ source('ops', 'price_watch') }}
