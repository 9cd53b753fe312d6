with keys as (

    select * from {{ ref('int_seller_keys_collected') }}

)

select
    seller_id,
    count(case when key_kind = 'trigram' then 1 end) as trigram_count,
    count(case when key_kind = 'product' then 1 end) as product_count,
    max(case when key_kind = 'nickname' then seller_count end) as nickname_seller_count

from keys
group by seller_id
