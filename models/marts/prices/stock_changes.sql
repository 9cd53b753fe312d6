-- a view: a change is a version beside the one before it, and the history is incremental
{{ config(materialized='view') }}

with history as (

    select * from {{ ref('product_stock_history') }}

),

compared as (

    select
        *,
        lag(lowest_quantity) over series as from_lowest_quantity,
        lag(highest_quantity) over series as from_highest_quantity,
        lag(is_exact) over series as is_from_exact,
        lag(last_observed_at) over series as previous_observed_at
    from history
    window series as (partition by stock_series_key order by valid_from)

)

select
    stock_version_key,
    stock_series_key,
    mode,
    item_id,
    variation_id,
    catalog_product_id,
    context,
    from_lowest_quantity,
    from_highest_quantity,
    lowest_quantity as to_lowest_quantity,
    highest_quantity as to_highest_quantity,
    is_exact and is_from_exact as is_exact,
    lowest_quantity - from_highest_quantity as least_change_quantity,
    highest_quantity - from_lowest_quantity as greatest_change_quantity,
    case when lowest_quantity > from_highest_quantity then 'up' else 'down' end as direction,
    highest_quantity = 0 as is_sold_out,
    valid_from as changed_at,
    previous_observed_at

from compared
where
    lowest_quantity > from_highest_quantity
    or highest_quantity < from_lowest_quantity
