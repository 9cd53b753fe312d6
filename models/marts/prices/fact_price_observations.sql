-- incremental: the observations of a day must not cost those of all years
{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    incremental_strategy='delete+insert',
    unique_key=['subject_id', 'source', 'observed_at'],
    indexes=[
        {'columns': ['subject_id', 'source', 'observed_at']},
        {'columns': ['price_series_key', 'observed_at']},
        {'columns': ['batch_id']},
        {'columns': ['observed_date']},
    ],
    post_hook="{{ analyze_table(this) }}",
) }}

with prices as (

    select * from {{ ref('int_prices_unioned') }}

),

batches as (

    select * from {{ ref('int_batches_ended') }}

),

loaded as (

    select
        *,
        {{ surrogate_key(['item_id', 'context', 'currency_id']) }} as price_series_key
    from prices
    where
        batch_id <= (select batches.batch_id from batches)
        and batch_id > {{ newest_batch(this if is_incremental()) }}

),

-- of several prices for the same buyers, the one that holds now, then the lowest
ranked as (

    select
        *,
        row_number() over (
            partition by price_series_key, observed_at
            order by
                case when is_in_force then 0 else 1 end, price_amount,
                regular_price_amount nulls last, price_id
        ) as place
    from loaded

)

select
    {{ surrogate_key(['price_series_key', 'observed_at']) }} as price_observation_key,
    price_series_key,
    mode,
    source,
    subject_id,
    item_id,
    catalog_product_id,
    seller_id,
    context,
    nullif(split_part(split_part(contexts, 'channel_', 2), ',', 1), '') as channel,
    nullif(split_part(split_part(contexts, 'buyer_loyalty_', 2), ',', 1), '') as loyalty_level,
    contexts like '%user_type_business%' as is_business,
    cast(minimum_quantity as bigint) as minimum_quantity,
    price_amount,
    regular_price_amount,
    currency_id,
    observed_at,
    {{ local_date('observed_at') }} as observed_date,
    batch_id

from ranked
where place = 1
