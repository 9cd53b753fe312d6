-- a view: whom others follow, and when, is known later than who leads
{{ config(materialized='view') }}

with competition as (

    select * from {{ ref('offer_competition') }}
    where is_complete

),

compared as (

    select
        *,
        lag(observed_at) over product as previous_observed_at,
        lag(leader_item_id) over product as previous_item_id
    from competition
    window product as (partition by catalog_product_id order by observed_at)

),

numbered as (

    select
        *,
        sum(
            case
                when previous_observed_at is null then 1
                when leader_item_id is distinct from previous_item_id then 1 else 0
            end
        ) over (partition by catalog_product_id order by observed_at) as reign_number
    from compared

),

begun as (

    select
        *,
        first_value(leader_price_amount) over (
            partition by catalog_product_id, reign_number order by observed_at
        ) as first_price_amount
    from numbered

),

reigns as (

    select
        catalog_product_id,
        reign_number,
        min(leader_item_id) as leader_item_id,
        min(first_price_amount) as first_price_amount,
        min(observed_at) as led_from,
        min(case when runner_up_price_amount <= first_price_amount then observed_at end)
            as matched_at
    from begun
    group by catalog_product_id, reign_number

),

succeeded as (

    select
        *,
        lag(leader_item_id) over product as previous_leader_item_id,
        lead(led_from) over product as led_to,
        lead(first_price_amount) over product as next_price_amount
    from reigns
    window product as (partition by catalog_product_id order by reign_number)

),

followed as (

    select
        *,
        coalesce(
            matched_at, case when next_price_amount <= first_price_amount then led_to end
        ) as followed_at
    from succeeded
    where leader_item_id is not null

)

select
    {{ surrogate_key(['catalog_product_id', 'led_from']) }} as price_leadership_key,
    catalog_product_id,
    leader_item_id,
    previous_leader_item_id,
    cast(first_price_amount as decimal(18, 2)) as first_price_amount,
    led_from,
    led_to,
    followed_at,
    cast(
        {{ dbt.datediff('led_from', 'followed_at', 'hour') }} as int -- noqa: LT05
    ) as hours_to_follow

from followed
