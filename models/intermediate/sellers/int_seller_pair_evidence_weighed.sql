{%- set rare = 'pairs.like_nickname_count <= ' ~ var('seller_rare_nickname_sellers') -%}

with pairs as (

    select
        *,
        case when is_same_company then 1 when not is_same_company then 0 end as company,
        case when is_same_city then 2 when is_same_state then 1 when not is_same_state then 0 end
            as place
    from {{ ref('int_seller_pairs_assembled') }}

),

weights as (

    select * from {{ ref('seller_evidence_weights') }}

)

select
    pairs.seller_a_id,
    pairs.seller_b_id,
    weights.evidence,
    weights.weight

from pairs
cross join weights
where
    case
        when weights.evidence = 'company' then pairs.company
        when weights.evidence = 'official_store' then pairs.shared_official_store_count
        when weights.evidence = 'inventory' then pairs.shared_inventory_count
        when weights.evidence = 'picture' then pairs.shared_picture_count
        when weights.evidence = 'rare_nickname' and {{ rare }} then pairs.nickname_similarity
        when weights.evidence = 'common_nickname' and not {{ rare }} then pairs.nickname_similarity
        when weights.evidence = 'place' then pairs.place
        when weights.evidence = 'registration' then pairs.registration_days_apart
        when weights.evidence = 'product' then pairs.shared_rare_product_count
        when
            weights.evidence = 'price'
            and pairs.common_day_count >= {{ var('seller_least_common_days') }}
            then pairs.equal_price_share
        when
            weights.evidence = 'price_move'
            and pairs.move_count >= {{ var('seller_least_moves') }}
            then pairs.joint_move_share
    end between weights.at_least and weights.at_most
