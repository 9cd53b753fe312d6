select
    -- ids
    product_id,
    url as page_url,

    -- text
    attribute,
    value,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('pages', 'attributes') }}
