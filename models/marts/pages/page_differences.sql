with attributes as (

    select * from {{ ref('page_attributes') }}

),

told_by_api as (

    select * from {{ ref('int_api_attributes_listed') }}

),

told_by_pages as (

    select * from {{ ref('int_page_attributes_gathered') }}

),

paired as (

    select
        told_by_api.product_id,
        told_by_api.attribute,
        attributes.kind,
        told_by_api.value as api_value,
        told_by_pages.value as page_value,
        told_by_api.observed_at as api_observed_at,
        told_by_pages.observed_at as page_observed_at,
        told_by_pages.page_url
    from told_by_api
    inner join told_by_pages
        on
            told_by_api.product_id = told_by_pages.product_id
            and told_by_api.attribute = told_by_pages.attribute
    inner join attributes on told_by_api.attribute = attributes.attribute

)

select
    {{ surrogate_key(['product_id', 'attribute']) }} as product_attribute_key,
    product_id as catalog_product_id,
    attribute,
    api_value,
    page_value,
    api_observed_at,
    page_observed_at,
    page_url

from paired
where {{ attribute_key('api_value', 'kind') }} <> {{ attribute_key('page_value', 'kind') }}
