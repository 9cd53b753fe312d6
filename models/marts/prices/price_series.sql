-- incremental: see fact_price_observations
{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    incremental_strategy='delete+insert',
    unique_key='price_series_key',
    indexes=[
        {'columns': ['price_series_key']},
        {'columns': ['item_id']},
        {'columns': ['catalog_product_id']},
    ],
    post_hook="{{ analyze_table(this) }}",
) }}

with observations as (

    select * from {{ ref('fact_price_observations') }}
    where batch_id > {{ newest_batch(this if is_incremental()) }}

)

select
    price_series_key,
    min(mode) as mode,
    min(source) as source,
    min(subject_id) as subject_id,
    min(item_id) as item_id,
    min(catalog_product_id) as catalog_product_id,
    min(seller_id) as seller_id,
    min(context) as context,
    min(channel) as channel,
    min(loyalty_level) as loyalty_level,
    max(case when is_business then 1 else 0 end) = 1 as is_business,
    min(minimum_quantity) as minimum_quantity,
    min(currency_id) as currency_id,
    max(batch_id) as batch_id

from observations
group by price_series_key
