-- what holds of a page is its newest reading, until it is read otherwise
with readings as (

    select
        product_id,
        page_url,
        max(case when outcome = 'read' then observed_at end) as read_at,
        max(observed_at) as observed_at
    from {{ ref('stg_pages__observations') }}
    where outcome in ('read', 'unchanged')
    group by product_id, page_url

),

attributes as (

    select * from {{ ref('stg_pages__attributes') }}

),

placed as (

    select
        attributes.product_id,
        attributes.attribute,
        attributes.value,
        attributes.page_url,
        readings.observed_at,
        row_number() over (
            partition by attributes.product_id, attributes.attribute
            order by readings.observed_at desc, attributes.page_url asc
        ) as place
    from attributes
    inner join readings
        on
            attributes.product_id = readings.product_id
            and attributes.page_url = readings.page_url
            and attributes.observed_at = readings.read_at

)

select
    product_id,
    attribute,
    value,
    page_url,
    observed_at

from placed
where place = 1
