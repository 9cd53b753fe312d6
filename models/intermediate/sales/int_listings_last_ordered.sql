with numbered as (

    select
        *,
        row_number() over (
            partition by item_id, variation_id
            order by sold_at desc, order_id desc, position desc
        ) as age_number
    from {{ ref('int_order_lines_cleaned') }}

)

select
    item_id,
    variation_id,
    item_title,
    variation_name,
    category_id,
    listing_type_id,
    condition,
    currency_id,
    sold_at

from numbered
where age_number = 1
