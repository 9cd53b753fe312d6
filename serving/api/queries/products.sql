-- Products that are sold, and those of the catalogue that are watched.
with products as (

{products}

)

select
    json_build_array(kind, product_id) as key,
    row_to_json(products) as element
from products
where {filters}
order by kind, product_id
limit %(limit)s
