-- incremental: see fact_price_observations
{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    incremental_strategy='delete+insert',
    unique_key=['catalog_product_id', 'observed_at'],
    indexes=[
        {'columns': ['catalog_product_id', 'observed_at']},
        {'columns': ['batch_id']},
    ],
    post_hook="{{ analyze_table(this) }}",
) }}

with due as (

    select * from {{ ref('stg_mercadolivre__product_observations') }}
    where
        source = 'offers'
        and batch_id <= (select batches.batch_id from {{ ref('int_batches_ended') }} as batches)
        and batch_id > {{ newest_batch(this if is_incremental()) }}

),

offers as (

    select * from {{ ref('stg_mercadolivre__offer_observations') }}

),

ranked as (

    select
        offers.*,
        row_number() over (
            partition by offers.product_id, offers.observed_at
            order by offers.price_amount, offers.position
        ) as place
    from due
    inner join offers
        on
            due.product_id = offers.product_id
            and due.source = offers.source
            and due.observed_at = offers.observed_at

),

compared as (

    select
        product_id,
        observed_at,
        count(*) as seen_offer_count,
        max(case when is_winner then item_id end) as winner_item_id,
        max(case when is_winner then price_amount end) as winner_price_amount,
        max(case when place = 1 then item_id end) as leader_item_id,
        min(price_amount) as leader_price_amount,
        max(case when place = 2 then price_amount end) as runner_up_price_amount,
        max(price_amount) as highest_price_amount
    from ranked
    group by product_id, observed_at

)

select
    {{ surrogate_key(['due.product_id', 'due.observed_at']) }} as offer_competition_key,
    due.product_id as catalog_product_id,
    due.observed_at,
    due.is_complete,
    due.offer_count,
    coalesce(compared.seen_offer_count, 0) as seen_offer_count,
    compared.winner_item_id,
    cast(compared.winner_price_amount as decimal(18, 2)) as winner_price_amount,
    compared.leader_item_id,
    cast(compared.leader_price_amount as decimal(18, 2)) as leader_price_amount,
    cast(compared.runner_up_price_amount as decimal(18, 2)) as runner_up_price_amount,
    cast(compared.highest_price_amount - compared.leader_price_amount as decimal(18, 2))
        as spread_amount,
    compared.winner_item_id = compared.leader_item_id as is_winner_cheapest,
    due.batch_id

from due
left join compared
    on due.product_id = compared.product_id and due.observed_at = compared.observed_at
