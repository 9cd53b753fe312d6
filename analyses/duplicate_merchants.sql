-- Which sellers are possibly the same operator, and what speaks for it? (a hint, not a finding)
select
    evidence.score,
    evidence.nickname_a,
    evidence.nickname_b,
    evidence.seller_a_id,
    evidence.seller_b_id,
    one.cluster_id,
    one.seller_count as sellers_in_cluster,
    evidence.nickname_similarity,
    evidence.is_same_city,
    evidence.registration_days_apart,
    evidence.shared_product_count,
    evidence.equal_price_share,
    evidence.joint_move_share,
    evidence.review_verdict
from marts.seller_pair_evidence as evidence
inner join marts.seller_clusters as one on evidence.seller_a_id = one.seller_id
where evidence.is_possibly_same_operator
order by evidence.score desc, evidence.seller_a_id asc, evidence.seller_b_id asc
limit 50
