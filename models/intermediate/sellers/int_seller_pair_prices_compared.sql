with pairs as (

    select * from {{ ref('int_seller_pairs_compared') }}

),

prices as (

    select * from {{ ref('int_seller_prices_dated') }}

),

paired as (

    select
        pairs.seller_a_id,
        pairs.seller_b_id,
        one.product_id,
        one.observed_date,
        one.price_amount as price_a,
        other.price_amount as price_b
    from pairs
    inner join prices as one on pairs.seller_a_id = one.seller_id
    inner join prices as other
        on
            pairs.seller_b_id = other.seller_id
            and one.product_id = other.product_id
            and one.observed_date = other.observed_date
    where pairs.shared_product_count > 0

),

followed as (

    select
        *,
        abs(price_a - price_b) <= 0.01 as is_equal,
        price_a <> lag(price_a) over days as has_a_moved,
        price_b <> lag(price_b) over days as has_b_moved
    from paired
    window days as (partition by seller_a_id, seller_b_id, product_id order by observed_date)

)

select
    seller_a_id,
    seller_b_id,
    count(*) as common_day_count,
    count(case when is_equal then 1 end) as equal_day_count,
    count(distinct case when is_equal then product_id end) as equal_product_count,
    count(case when has_a_moved or has_b_moved then 1 end) as move_count,
    count(case when has_a_moved and has_b_moved and is_equal then 1 end) as joint_move_count

from followed
group by seller_a_id, seller_b_id
