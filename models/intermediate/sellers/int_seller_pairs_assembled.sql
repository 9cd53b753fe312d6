with pairs as (

    select * from {{ ref('int_seller_pairs_compared') }}

),

nicknames as (

    select * from {{ ref('int_seller_pair_nicknames_compared') }}

),

prices as (

    select * from {{ ref('int_seller_pair_prices_compared') }}

),

sellers as (

    select * from {{ ref('int_sellers_profiled') }}

),

counts as (

    select * from {{ ref('int_seller_keys_counted') }}

)

select
    pairs.*,
    one.nickname as nickname_a,
    other.nickname as nickname_b,
    -- branches of one company have the first eight characters in common
    substring(one.cnpj, 1, 8) = substring(other.cnpj, 1, 8) as is_same_company,
    one.city_key = other.city_key as is_same_city,
    one.state_id = other.state_id as is_same_state,
    cast(
        abs({{ dbt.datediff('one.registered_date', 'other.registered_date', 'day') }}) as int
    ) as registration_days_apart,
    nicknames.nickname_similarity,
    nicknames.like_nickname_count,
    {{ share_of(
        'pairs.shared_product_count',
        'counts.product_count + other_counts.product_count - pairs.shared_product_count'
    ) }} as shared_product_share,
    coalesce(prices.common_day_count, 0) as common_day_count,
    coalesce(prices.equal_product_count, 0) as equal_product_count,
    coalesce(prices.move_count, 0) as move_count,
    coalesce(prices.joint_move_count, 0) as joint_move_count,
    {{ share_of('prices.joint_move_count', 'prices.move_count') }} as joint_move_share,
    {{ share_of('prices.equal_day_count', 'prices.common_day_count') }} as equal_price_share

from pairs
inner join sellers as one on pairs.seller_a_id = one.seller_id
inner join sellers as other on pairs.seller_b_id = other.seller_id
left join counts on pairs.seller_a_id = counts.seller_id
left join counts as other_counts on pairs.seller_b_id = other_counts.seller_id
left join nicknames
    on pairs.seller_a_id = nicknames.seller_a_id and pairs.seller_b_id = nicknames.seller_b_id
left join prices
    on pairs.seller_a_id = prices.seller_a_id and pairs.seller_b_id = prices.seller_b_id
