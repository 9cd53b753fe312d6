-- incremental: a series is derived anew from the version that new rows fall into
{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    incremental_strategy='from_first',
    unique_key=['price_series_key', 'valid_from'],
    indexes=[
        {'columns': ['price_series_key', 'valid_from']},
        {'columns': ['batch_id']},
    ],
    post_hook="{{ analyze_table(this) }}",
) }}

with series as (

    select * from {{ ref('price_series') }}

),

batches as (

    select * from {{ ref('int_batches_ended') }}

),

{{ price_states(this if is_incremental()) }},

versions as (

    {{ versions_of(
        'states',
        key='price_series_key',
        states=['state', 'price_amount', 'regular_price_amount'],
        kept=['carried_price_amount', 'carried_observed_at'],
    ) }}

),

-- what was last paid up to and in each version: the version itself, or the one before it ended
numbered as (

    select
        *,
        sum(case when state = 'offered' then 1 else 0 end) over (
            partition by price_series_key order by valid_from
        ) as offered_number
    from versions

),

paid as (

    select
        *,
        max(price_amount) over offered as paid_amount,
        max(case when state = 'offered' then last_observed_at end) over offered as paid_at,
        min(carried_price_amount) over series as first_amount,
        min(carried_observed_at) over series as first_at
    from numbered
    window
        offered as (partition by price_series_key, offered_number),
        series as (partition by price_series_key)

)

select
    {{ surrogate_key(['paid.price_series_key', 'paid.valid_from']) }} as price_version_key,
    paid.price_series_key,
    series.mode,
    series.item_id,
    series.catalog_product_id,
    series.context,
    paid.state,
    cast(paid.price_amount as decimal(18, 2)) as price_amount,
    cast(paid.regular_price_amount as decimal(18, 2)) as regular_price_amount,
    series.currency_id,
    cast(
        coalesce(lag(coalesce(paid.paid_amount, paid.first_amount)) over later, paid.first_amount)
        as decimal(18, 2)
    ) as previous_price_amount,
    coalesce(lag(coalesce(paid.paid_at, paid.first_at)) over later, paid.first_at)
        as previous_observed_at,
    paid.valid_from,
    paid.valid_to,
    paid.last_observed_at,
    paid.observation_count,
    paid.valid_to = cast('9999-12-31' as timestamp) as is_current,
    (select batches.batch_id from batches) as batch_id

from paid
inner join series on paid.price_series_key = series.price_series_key
window later as (partition by paid.price_series_key order by paid.valid_from)
