{%- set levels = var('risk_levels') -%}

with companies as (

    select * from {{ ref('dim_company') }}

),

flagged as (

    select
        company_id,
        least(100, sum(points)) as score,
        count(*) as flag_count
    from {{ ref('company_risk_flags') }}
    group by company_id

),

rules as (

    select max(version) as rule_version
    from {{ ref('risk_rules') }}

),

scored as (

    select
        companies.company_id,
        companies.status,
        companies.is_mei,
        companies.extracted_at,
        cast(coalesce(flagged.score, 0) as int) as score,
        coalesce(flagged.flag_count, 0) as flag_count
    from companies
    left join flagged on companies.company_id = flagged.company_id

)

select
    scored.company_id,
    scored.score,
    case
        when scored.status is null then 'unknown'
        when scored.status in ('closed', 'void') then 'closed'
        when scored.score >= {{ levels['high'] }} then 'high'
        when scored.score >= {{ levels['medium'] }} then 'medium'
        when scored.score > 0 then 'low'
        else 'none'
    end as risk_level,
    scored.flag_count,
    scored.is_mei,
    rules.rule_version,
    cast(scored.extracted_at as date) as as_of

from scored
cross join rules
