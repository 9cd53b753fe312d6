with pairs as (

    select * from {{ ref('int_seller_pairs_blocked') }}

),

weighed as (

    select
        seller_a_id,
        seller_b_id,
        {%- for kind in seller_evidence() %}
        cast(sum(case when evidence = '{{ kind }}' then weight else 0 end) as int)
            as {{ kind }}_weight,
        {%- endfor %}
        cast(sum(weight) as int) as score
    from {{ ref('int_seller_pair_evidence_weighed') }}
    group by seller_a_id, seller_b_id

),

reviews as (

    select
        least(seller_a_id, seller_b_id) as seller_a_id,
        greatest(seller_a_id, seller_b_id) as seller_b_id,
        -- who disagrees with themselves is unsure
        min(verdict) as verdict
    from {{ ref('seller_pair_reviews') }}
    group by least(seller_a_id, seller_b_id), greatest(seller_a_id, seller_b_id)

)

select
    pairs.seller_a_id,
    pairs.seller_b_id,
    {%- for kind in seller_evidence() %}
    coalesce(weighed.{{ kind }}_weight, 0) as {{ kind }}_weight,
    {%- endfor %}
    coalesce(weighed.score, 0) as score,
    reviews.verdict as review_verdict,
    coalesce(
        reviews.verdict = 'same', coalesce(weighed.score, 0) >= {{ var('seller_link_score') }}
    ) as is_possibly_same_operator

from pairs
left join weighed
    on pairs.seller_a_id = weighed.seller_a_id and pairs.seller_b_id = weighed.seller_b_id
left join reviews
    on pairs.seller_a_id = reviews.seller_a_id and pairs.seller_b_id = reviews.seller_b_id
