with transitions as (

    select * from {{ ref('company_status_transitions') }}

),

establishments as (

    select * from {{ ref('dim_establishment') }}

),

lasting as (

    select
        status,
        cast(
            {{ dbt.datediff('status_date', 'extracted_at', 'day') }} as int -- noqa: LT05
        ) as day_count
    from establishments
    where status is not null and status_date <= cast(extracted_at as date)

),

stays as (

    select
        from_status as status,
        to_status as ended_by,
        days_in_from_status as day_count,
        count(*) as stay_count
    from transitions
    where days_in_from_status >= 0
    group by from_status, to_status, days_in_from_status
    union all
    select
        status,
        'lasts' as ended_by,
        day_count,
        count(*) as stay_count
    from lasting
    group by status, day_count

),

-- quantiles by counting: days repeat, so there is little to put in order
ranked as (

    select
        *,
        sum(stay_count) over (
            partition by status, ended_by order by day_count
            rows between unbounded preceding and current row
        ) as stays_so_far,
        sum(stay_count) over (partition by status, ended_by) as stays_in_all
    from stays

)

select
    {{ surrogate_key(['status', 'ended_by']) }} as dwell_key,
    status,
    ended_by,
    cast(sum(stay_count) as bigint) as stay_count,
    min(case when stays_so_far * 4 >= stays_in_all then day_count end) as days_p25,
    min(case when stays_so_far * 2 >= stays_in_all then day_count end) as days_p50,
    min(case when stays_so_far * 4 >= stays_in_all * 3 then day_count end) as days_p75,
    min(case when stays_so_far * 10 >= stays_in_all * 9 then day_count end) as days_p90

from ranked
group by status, ended_by
