with sellers as (

    select * from {{ ref('int_sellers_grouped') }}

),

pairs as (

    select * from {{ ref('seller_pair_evidence') }}

),

profiles as (

    select * from {{ ref('int_sellers_profiled') }}

),

disputed as (

    select distinct one.first_seller_id
    from pairs
    inner join sellers as one on pairs.seller_a_id = one.seller_id
    inner join sellers as other
        on pairs.seller_b_id = other.seller_id and one.first_seller_id = other.first_seller_id
    where pairs.review_verdict = 'different'

)

select
    sellers.seller_id,
    profiles.nickname,
    case when not sellers.is_too_large then sellers.first_seller_id end as cluster_id,
    case when not sellers.is_too_large then sellers.seller_count end as seller_count,
    sellers.link_count,
    sellers.best_score,
    sellers.is_too_large,
    disputed.first_seller_id is not null as is_disputed

from sellers
inner join profiles on sellers.seller_id = profiles.seller_id
left join disputed on sellers.first_seller_id = disputed.first_seller_id
