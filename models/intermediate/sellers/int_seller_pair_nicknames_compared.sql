with pairs as (

    select * from {{ ref('int_seller_pairs_compared') }}

),

counts as (

    select * from {{ ref('int_seller_keys_counted') }}

),

measured as (

    select
        pairs.seller_a_id,
        pairs.seller_b_id,
        case
            when pairs.shared_nickname_count > 0 then cast(1 as decimal(9, 4))
            when pairs.shared_shortened_count > 0 then cast(0.9 as decimal(9, 4))
            when pairs.shared_letters_count > 0 then cast(0.85 as decimal(9, 4))
            else {{ share_of(
                '2 * pairs.shared_trigram_count', 'one.trigram_count + other.trigram_count'
            ) }}
        end as nickname_similarity,
        greatest(one.nickname_seller_count, other.nickname_seller_count) as key_seller_count
    from pairs
    inner join counts as one on pairs.seller_a_id = one.seller_id
    inner join counts as other on pairs.seller_b_id = other.seller_id

),

alike as (

    select
        seller_a_id as seller_id,
        seller_b_id as other_id
    from measured
    where nickname_similarity >= {{ var('seller_like_nickname') }}
    union all
    select
        seller_b_id as seller_id,
        seller_a_id as other_id
    from measured
    where nickname_similarity >= {{ var('seller_like_nickname') }}

),

crowds as (

    select
        seller_id,
        count(*) + 1 as seller_count
    from alike
    group by seller_id

)

select
    measured.seller_a_id,
    measured.seller_b_id,
    measured.nickname_similarity,
    greatest(
        measured.key_seller_count, crowds.seller_count, other_crowds.seller_count, 1
    ) as like_nickname_count

from measured
left join crowds on measured.seller_a_id = crowds.seller_id
left join crowds as other_crowds on measured.seller_b_id = other_crowds.seller_id
