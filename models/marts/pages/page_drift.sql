with drifts as (

    select
        *,
        cast(observed_at as date) as observed_date
    from {{ ref('int_page_drifts_detected') }}

)

select
    {{ surrogate_key(['domain', 'observed_date', 'drift_kind']) }} as page_drift_key,
    domain,
    observed_date,
    drift_kind,
    {{ distinct_list('detail') }} as details,
    count(distinct page_url) as page_count,
    cast(sum(occurrence_count) as bigint) as occurrence_count

from drifts
group by domain, observed_date, drift_kind
