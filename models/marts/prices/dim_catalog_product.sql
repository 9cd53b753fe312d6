with products as (

    select * from {{ ref('stg_mercadolivre__products') }}

)

select
    product_id as catalog_product_id,
    product_name,
    family_name,
    brand_name,
    gtin,
    domain_id,
    status,
    parent_product_id,
    child_count,
    sold_quantity as least_sold_quantity,
    created_at,
    updated_at,
    observed_at

from products
