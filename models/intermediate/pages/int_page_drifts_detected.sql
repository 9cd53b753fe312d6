with pages as (

    select
        *,
        lag(found_in) over (
            partition by product_id, page_url order by observed_at
        ) as previous_found_in
    from {{ ref('stg_pages__observations') }}
    where outcome in ('read', 'ambiguous', 'no_product')

),

readings as (

    select
        *,
        lead(observed_at) over (
            partition by product_id, page_url order by observed_at
        ) as next_observed_at
    from pages
    where outcome = 'read'

),

attributes as (

    select * from {{ ref('stg_pages__attributes') }}

),

types as (

    select
        pages.domain,
        types.type,
        types.page_url,
        types.observed_at,
        min(types.observed_at) over (partition by pages.domain, types.type) as type_seen_at,
        min(types.observed_at) over (partition by pages.domain) as domain_seen_at
    from {{ ref('stg_pages__types') }} as types
    inner join pages
        on
            types.product_id = pages.product_id
            and types.page_url = pages.page_url
            and types.observed_at = pages.observed_at

)

select
    domain,
    page_url,
    observed_at,
    'json_ld_vanished' as drift_kind,
    cast(null as {{ dbt.type_string() }}) as detail,
    1 as occurrence_count
from pages
where previous_found_in = 'json_ld' and coalesce(found_in, '') <> 'json_ld'
union all
select
    readings.domain,
    readings.page_url,
    readings.next_observed_at as observed_at,
    'field_vanished' as drift_kind,
    attributes.attribute as detail,
    1 as occurrence_count
from readings
inner join attributes
    on
        readings.product_id = attributes.product_id
        and readings.page_url = attributes.page_url
        and readings.observed_at = attributes.observed_at
left join attributes as kept
    on
        attributes.product_id = kept.product_id
        and attributes.page_url = kept.page_url
        and attributes.attribute = kept.attribute
        and readings.next_observed_at = kept.observed_at
where readings.next_observed_at is not null and kept.attribute is null
union all
select
    domain,
    page_url,
    observed_at,
    'new_type' as drift_kind,
    type as detail,
    1 as occurrence_count
from types
where observed_at = type_seen_at and type_seen_at > domain_seen_at
union all
select
    domain,
    page_url,
    observed_at,
    'invalid_json' as drift_kind,
    cast(null as {{ dbt.type_string() }}) as detail,
    invalid_block_count as occurrence_count
from pages
where invalid_block_count > 0
