select
    -- ids
    product_id,
    url as page_url,

    -- text
    type,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('pages', 'types') }}
