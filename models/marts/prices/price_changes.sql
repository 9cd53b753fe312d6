-- a view: a change is a version beside the one before it, and the history is incremental
{{ config(materialized='view') }}

with history as (

    select * from {{ ref('product_price_history') }}

)

select
    price_version_key,
    price_series_key,
    mode,
    item_id,
    catalog_product_id,
    context,
    currency_id,
    previous_price_amount as from_price_amount,
    price_amount as to_price_amount,
    cast(price_amount - previous_price_amount as decimal(18, 2)) as change_amount,
    cast(
        (price_amount - previous_price_amount) / nullif(previous_price_amount, 0)
        as decimal(18, 4)
    ) as change_share,
    case when price_amount > previous_price_amount then 'up' else 'down' end as direction,
    valid_from as changed_at,
    previous_observed_at,
    cast(
        {{ dbt.datediff('previous_observed_at', 'valid_from', 'hour') }} as int -- noqa: LT05
    ) as unobserved_hours

from history
where
    state = 'offered'
    and price_amount <> previous_price_amount
