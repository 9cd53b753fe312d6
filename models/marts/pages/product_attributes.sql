with attributes as (

    select * from {{ ref('page_attributes') }}

),

told_by_api as (

    select * from {{ ref('int_api_attributes_listed') }}

),

told_by_pages as (

    select * from {{ ref('int_page_attributes_gathered') }}

),

products as (

    select product_id from {{ ref('stg_mercadolivre__products') }}
    union
    select product_id from {{ ref('stg_pages__observations') }}

)

select
    {{ surrogate_key(['products.product_id', 'attributes.attribute']) }} as product_attribute_key,
    products.product_id as catalog_product_id,
    attributes.attribute,
    coalesce(told_by_api.value, told_by_pages.value) as value,
    case
        when told_by_api.value is not null then 'api'
        when told_by_pages.value is not null then 'page'
    end as source,
    coalesce(told_by_api.observed_at, told_by_pages.observed_at) as observed_at,
    case when told_by_api.value is null then told_by_pages.page_url end as page_url

from products
cross join attributes
left join told_by_api
    on
        products.product_id = told_by_api.product_id
        and attributes.attribute = told_by_api.attribute
left join told_by_pages
    on
        products.product_id = told_by_pages.product_id
        and attributes.attribute = told_by_pages.attribute
