select
    -- ids
    id as seller_id,
    cnpj,
    level_id as reputation_level_id,
    state_id,
    country_id,
    site_id,

    -- text
    nickname,
    user_type,
    city as city_name,
    site_status,
    power_seller_status,
    real_level as real_reputation_level_id,
    permalink,
    metrics_period,

    -- numbers
    points,
    transactions_total as transaction_count,
    transactions_completed as completed_transaction_count,
    transactions_canceled as cancelled_transaction_count,
    ratings_positive as positive_rating_share,
    ratings_neutral as neutral_rating_share,
    ratings_negative as negative_rating_share,
    sales_completed as recent_sale_count,
    claims_value as recent_claim_count,
    claims_rate as recent_claim_share,
    cancellations_value as recent_cancellation_count,
    cancellations_rate as recent_cancellation_share,
    delayed_handling_value as recent_delayed_handling_count,
    delayed_handling_rate as recent_delayed_handling_share,

    -- booleans
    is_own,
    is_partial,
    {{ json_list_contains('tags', 'user_product_seller') }} as has_user_products,

    -- times
    {{ utc_timestamp('registration_date') }} as registered_at,
    {{ utc_timestamp('protection_end_date') }} as protection_ends_at,
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'users') }}
