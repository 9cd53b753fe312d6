{%- set kinds = [
    'official_store', 'inventory', 'picture', 'nickname', 'shortened', 'letters', 'trigram',
    'product',
] -%}

with pairs as (

    select * from {{ ref('int_seller_pairs_blocked') }}

),

keys as (

    select
        keys.*,
        case when keys.seller_count <= rules.most_sellers then 1 else 0 end as rare
    from {{ ref('int_seller_keys_collected') }} as keys
    inner join {{ ref('seller_key_rules') }} as rules on keys.key_kind = rules.key_kind

),

shared as (

    select
        pairs.seller_a_id,
        pairs.seller_b_id,
        one.key_kind,
        count(*) as key_count,
        sum(one.rare) as rare_key_count
    from pairs
    inner join keys as one on pairs.seller_a_id = one.seller_id
    inner join keys as other
        on
            pairs.seller_b_id = other.seller_id
            and one.key_kind = other.key_kind
            and one.key_value = other.key_value
    group by pairs.seller_a_id, pairs.seller_b_id, one.key_kind

),

summed as (

    select
        seller_a_id,
        seller_b_id,
        {%- for kind in kinds %}
        sum(case when key_kind = '{{ kind }}' then key_count else 0 end) as {{ kind }}_count,
        {%- endfor %}
        sum(case when key_kind = 'product' then rare_key_count else 0 end) as rare_product_count
    from shared
    group by seller_a_id, seller_b_id

)

select
    pairs.seller_a_id,
    pairs.seller_b_id,
    {%- for kind in kinds %}
    cast(coalesce(summed.{{ kind }}_count, 0) as bigint) as shared_{{ kind }}_count,
    {%- endfor %}
    cast(coalesce(summed.rare_product_count, 0) as bigint) as shared_rare_product_count

from pairs
left join summed
    on pairs.seller_a_id = summed.seller_a_id and pairs.seller_b_id = summed.seller_b_id
