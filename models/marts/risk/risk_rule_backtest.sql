{#- of the flagged, times all: who failed, and who would have if flags said nothing -#}
{%- set observed = 'cast(flagged_failed_count as double precision) * company_count' -%}
{%- set expected = 'cast(flagged_count as double precision) * failed_count' -%}

with flags as (

    select *
    from {{ ref('risk_flag_snapshot') }}
    where dbt_is_deleted = 'False'

),

rules as (

    select * from {{ ref('risk_rules') }}

),

totals as (

    select
        is_mei,
        horizon_days,
        count(distinct origin_at) as release_count,
        count(*) as company_count,
        count(case when has_failed then 1 end) as failed_count
    from {{ ref('int_risk_outcomes_followed') }}
    group by is_mei, horizon_days

),

flagged as (

    select
        flags.rule_id,
        outcomes.is_mei,
        count(*) as flagged_count,
        count(case when outcomes.has_failed then 1 end) as flagged_failed_count
    from {{ ref('int_risk_outcomes_followed') }} as outcomes
    inner join flags
        on
            outcomes.company_id = flags.company_id
            and outcomes.origin_at >= flags.dbt_valid_from
            and outcomes.origin_at < flags.dbt_valid_to
    group by flags.rule_id, outcomes.is_mei

),

counted as (

    select
        rules.rule_id,
        rules.family,
        totals.is_mei,
        totals.horizon_days,
        totals.release_count,
        totals.company_count,
        totals.failed_count,
        coalesce(flagged.flagged_count, 0) as flagged_count,
        coalesce(flagged.flagged_failed_count, 0) as flagged_failed_count
    from rules
    cross join totals
    left join flagged on rules.rule_id = flagged.rule_id and totals.is_mei = flagged.is_mei
    where not totals.is_mei or rules.mei_points is not null

)

select
    {{ surrogate_key(['rule_id', 'is_mei']) }} as backtest_key,
    rule_id,
    family,
    is_mei,
    horizon_days,
    release_count,
    company_count,
    failed_count,
    flagged_count,
    flagged_failed_count,
    {{ share_of('failed_count', 'company_count') }} as failed_share,
    {{ share_of('flagged_failed_count', 'flagged_count') }} as flagged_failed_share,
    cast(
        floor(10000 * {{ observed }} / nullif({{ expected }}, 0)) / 10000 as decimal(18, 4)
    ) as lift,
    -- Pearson's chi-square of the two by two table, against its value of 1 in 20
    case
        when {{ expected }} >= 5.0 * company_count
            then
                power({{ observed }} - {{ expected }}, 2) * company_count
                > 3.841 * {{ expected }}
                * (company_count - flagged_count) * (company_count - failed_count)
    end as is_significant

from counted
