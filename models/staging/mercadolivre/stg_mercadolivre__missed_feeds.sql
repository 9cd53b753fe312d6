select
    -- ids
    id as feed_id,
    user_id as seller_id,
    application_id,

    -- text
    topic,
    resource,

    -- numbers
    attempts as attempt_count,

    -- times
    {{ utc_timestamp('sent') }} as sent_at,
    {{ utc_timestamp('received') }} as received_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'missed_feeds') }}
