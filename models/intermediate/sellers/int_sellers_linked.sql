with pairs as (

    select * from {{ ref('int_seller_pairs_scored') }}

)

select
    seller_a_id as seller_id,
    seller_b_id as linked_id,
    score
from pairs
where is_possibly_same_operator
union all
select
    seller_b_id as seller_id,
    seller_a_id as linked_id,
    score
from pairs
where is_possibly_same_operator
