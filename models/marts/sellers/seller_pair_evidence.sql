with pairs as (

    select * from {{ ref('int_seller_pairs_assembled') }}

),

scores as (

    select * from {{ ref('int_seller_pairs_scored') }}

)

select
    {{ surrogate_key(['pairs.seller_a_id', 'pairs.seller_b_id']) }} as seller_pair_key,
    pairs.seller_a_id,
    pairs.seller_b_id,
    pairs.nickname_a,
    pairs.nickname_b,
    pairs.is_same_company,
    pairs.shared_inventory_count,
    pairs.shared_official_store_count,
    pairs.shared_picture_count,
    pairs.shared_nickname_count > 0 as has_same_nickname_key,
    pairs.nickname_similarity,
    pairs.like_nickname_count,
    pairs.is_same_city,
    pairs.is_same_state,
    pairs.registration_days_apart,
    pairs.shared_product_count,
    pairs.shared_rare_product_count,
    pairs.shared_product_share,
    pairs.common_day_count,
    pairs.equal_product_count,
    pairs.equal_price_share,
    pairs.move_count,
    pairs.joint_move_count,
    pairs.joint_move_share,
    {%- for kind in seller_evidence() %}
    scores.{{ kind }}_weight,
    {%- endfor %}
    scores.score,
    scores.review_verdict,
    scores.is_possibly_same_operator

from pairs
inner join scores
    on pairs.seller_a_id = scores.seller_a_id and pairs.seller_b_id = scores.seller_b_id
