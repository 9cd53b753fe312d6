with categories as (

    select * from {{ ref('stg_mercadolivre__categories') }}

)

select
    category_id,
    category_name,
    category_path,
    parent_category_id,
    root_category_id,
    root_category_name,
    cast(level_count as int) as level_count,
    child_count = 0 as is_leaf,
    is_listing_allowed,
    observed_at

from categories
