with recursive links as (

    select * from {{ ref('int_sellers_linked') }}

),

sellers as (

    select
        seller_id,
        count(*) as link_count,
        max(score) as best_score,
        count(*) >= {{ var('seller_cluster_cap') }} as is_hub
    from links
    group by seller_id

),

-- After as many steps as the cap, a group was walked whole or is too large; what holds a hub is.
reached as (

    select
        seller_id,
        seller_id as reached_id,
        0 as step_count
    from sellers
    union
    select
        reached.seller_id,
        links.linked_id as reached_id,
        reached.step_count + 1 as step_count
    from reached
    inner join sellers on reached.reached_id = sellers.seller_id
    inner join links on reached.reached_id = links.seller_id
    where reached.step_count < {{ var('seller_cluster_cap') }} and not sellers.is_hub

),

walked as (

    select
        reached.seller_id,
        min(reached.reached_id) as first_seller_id,
        count(distinct reached.reached_id) as seller_count,
        max(case when sellers.is_hub then 1 else 0 end) as hub_count
    from reached
    inner join sellers on reached.reached_id = sellers.seller_id
    group by reached.seller_id

)

select
    walked.seller_id,
    walked.first_seller_id,
    walked.seller_count,
    walked.hub_count > 0 or walked.seller_count > {{ var('seller_cluster_cap') }} as is_too_large,
    sellers.link_count,
    sellers.best_score

from walked
inner join sellers on walked.seller_id = sellers.seller_id
