with keys as (

    select * from {{ ref('int_seller_keys_collected') }}

),

rules as (

    select * from {{ ref('seller_key_rules') }}

),

rare_keys as (

    select
        keys.seller_id,
        keys.key_kind,
        keys.key_value,
        rules.points
    from keys
    inner join rules on keys.key_kind = rules.key_kind
    where keys.seller_count between 2 and rules.most_sellers

),

reviews as (

    select * from {{ ref('seller_pair_reviews') }}

),

found as (

    select
        one.seller_id as seller_a_id,
        other.seller_id as seller_b_id
    from rare_keys as one
    inner join rare_keys as other
        on
            one.key_kind = other.key_kind
            and one.key_value = other.key_value
            and one.seller_id < other.seller_id
    group by one.seller_id, other.seller_id
    having sum(one.points) >= 2

)

select
    seller_a_id,
    seller_b_id
from found
union
select
    least(seller_a_id, seller_b_id) as seller_a_id,
    greatest(seller_a_id, seller_b_id) as seller_b_id
from reviews
