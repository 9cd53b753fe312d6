-- incremental: a series is derived anew from the version that new rows fall into
{{ config(
    materialized='incremental',
    on_schema_change='append_new_columns',
    incremental_strategy='from_first',
    unique_key=['stock_series_key', 'valid_from'],
    indexes=[
        {'columns': ['stock_series_key', 'valid_from']},
        {'columns': ['batch_id']},
    ],
    post_hook="{{ analyze_table(this) }}",
) }}

{%- set kept = ['mode', 'item_id', 'variation_id', 'catalog_product_id', 'context'] %}
{%- set states = ['lowest_quantity', 'highest_quantity'] %}

with batches as (

    select * from {{ ref('int_batches_ended') }}

),

shown as (

    {{ stock_levels_shown(kept + states, this if is_incremental()) }}

),

versions as (

    {{ versions_of('shown', key='stock_series_key', states=states, kept=kept) }}

)

select
    {{ surrogate_key(['versions.stock_series_key', 'versions.valid_from']) }} as stock_version_key,
    versions.stock_series_key,
    versions.{{ (kept + states) | join(',\n    versions.') }},
    versions.lowest_quantity = coalesce(versions.highest_quantity, -1) as is_exact,
    versions.valid_from,
    versions.valid_to,
    versions.last_observed_at,
    versions.observation_count,
    versions.valid_to = cast('9999-12-31' as timestamp) as is_current,
    (select batches.batch_id from batches) as batch_id

from versions
