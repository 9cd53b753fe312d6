-- the history is named once per use, or PostgreSQL would write all of it down first
with closed as (

    select *
    from {{ ref('company_status_history') }}
    where not is_current

),

changes as (

    select
        later.status_version_key,
        later.cnpj,
        later.company_id,
        later.is_headquarters,
        case when earlier.is_deleted then 'unpublished' else coalesce(earlier.status, 'unknown') end
            as from_status,
        case when later.is_deleted then 'unpublished' else coalesce(later.status, 'unknown') end
            as to_status,
        later.status_reason_id,
        later.status_reason_name,
        cast(later.valid_from as date) as observed_date,
        case
            when not earlier.is_deleted then earlier.status_date
            else cast(earlier.valid_from as date)
        end as from_date,
        case
            when
                not later.is_deleted and not earlier.is_deleted
                and later.status_date > coalesce(earlier.status_date, cast('1800-01-01' as date))
                and later.status_date <= cast(later.valid_from as date)
                then later.status_date
            else cast(later.valid_from as date)
        end as changed_date
    from closed as earlier
    inner join {{ ref('company_status_history') }} as later
        on earlier.cnpj = later.cnpj and earlier.valid_to = later.valid_from

)

select
    status_version_key,
    cnpj,
    company_id,
    is_headquarters,
    from_status,
    to_status,
    status_reason_id,
    status_reason_name,
    changed_date,
    observed_date,
    cast(
        {{ dbt.datediff('from_date', 'changed_date', 'day') }} as int -- noqa: LT05
    ) as days_in_from_status

from changes
where from_status is distinct from to_status
