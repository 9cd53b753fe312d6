{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

-- before the first flag nobody was looked at
with releases as (

    select extracted_at
    from {{ ref('registry_releases') }}
    where extracted_at >= (select min(dbt_valid_from) from {{ ref('risk_flag_snapshot') }}) -- noqa

),

mei as (

    select
        company_id,
        dbt_valid_from,
        dbt_valid_to
    from {{ ref('simples_snapshot') }}
    where is_mei and dbt_is_deleted = 'False'

),

-- a history shorter than the horizon is followed as far as it goes
spans as (

    select
        least(
            {{ var('backtest_days') }},
            {{ dbt.datediff('min(extracted_at)', 'max(extracted_at)', 'day') }}
        ) as horizon_days,
        max(extracted_at) as newest_at
    from releases

),

ended as (

    select
        releases.extracted_at as origin_at,
        cast(spans.horizon_days as int) as horizon_days,
        releases.extracted_at + spans.horizon_days * interval '1 day' as ends_at,
        spans.newest_at
    from releases
    cross join spans
    where spans.horizon_days > 0

),

numbered as (

    select
        *,
        row_number() over (order by origin_at desc) as origin_number
    from ended
    where ends_at <= newest_at

),

origins as (

    select *
    from numbered
    where origin_number <= {{ var('backtest_releases') }}

),

failed as (

    select distinct
        origins.origin_at,
        history.company_id
    from {{ ref('company_status_history') }} as history
    inner join origins
        on history.valid_from > origins.origin_at and history.valid_from <= origins.ends_at
    where
        history.is_headquarters
        and not history.is_deleted
        and history.status in ('unfit', 'closed')

)

select distinct
    history.company_id,
    origins.origin_at,
    origins.horizon_days,
    mei.company_id is not null as is_mei,
    failed.company_id is not null as has_failed

from {{ ref('company_status_history') }} as history
inner join origins
    on history.valid_from <= origins.origin_at and history.valid_to > origins.origin_at
left join failed
    on history.company_id = failed.company_id and origins.origin_at = failed.origin_at
left join mei
    on
        history.company_id = mei.company_id
        and origins.origin_at >= mei.dbt_valid_from
        and origins.origin_at < mei.dbt_valid_to
where history.is_headquarters and not history.is_deleted and history.status = 'active'
