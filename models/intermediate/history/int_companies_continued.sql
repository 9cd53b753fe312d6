with changes as (

    select
        company_id,
        observed_date
    from {{ ref('int_partners_compared') }}
    union
    select
        company_id,
        observed_date
    from {{ ref('int_simples_options_compared') }}

),

versions as (

    select
        company_id,
        cast(dbt_valid_from as date) as valid_from_date,
        cast(dbt_valid_to as date) as valid_to_date
    from {{ ref('company_snapshot') }}
    where dbt_is_deleted = 'False'

)

select
    changes.company_id,
    changes.observed_date

from changes
inner join versions
    on
        changes.company_id = versions.company_id
        and changes.observed_date >= versions.valid_from_date
        and changes.observed_date <= versions.valid_to_date
group by changes.company_id, changes.observed_date
having
    min(versions.valid_from_date) < changes.observed_date
    and max(versions.valid_to_date) > changes.observed_date
