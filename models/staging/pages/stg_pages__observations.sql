select
    -- ids
    product_id,
    url as page_url,
    final_url,

    -- text
    domain,
    outcome,
    found_in,

    -- numbers
    http_status,
    json_ld_blocks as json_ld_block_count,
    invalid_blocks as invalid_block_count,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('pages', 'observations') }}
