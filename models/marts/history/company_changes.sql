with status_changes as (

    select
        company_id,
        cnpj,
        cast(null as {{ dbt.type_string() }}) as partner_key,
        case
            when from_status = 'unpublished' then 'republished'
            when to_status = 'active' then 'reactivated'
            else to_status
        end as change_kind,
        from_status as before_value,
        to_status as after_value,
        changed_date,
        observed_date
    from {{ ref('company_status_transitions') }}

),

changes as (

    select * from status_changes
    union all
    select * from {{ ref('int_establishment_changes_listed') }}
    union all
    select * from {{ ref('int_company_changes_listed') }}
    union all
    select * from {{ ref('int_simples_changes_listed') }}
    union all
    select * from {{ ref('int_partner_changes_listed') }}

)

select
    {{ surrogate_key(['company_id', 'cnpj', 'partner_key', 'change_kind', 'observed_date']) }}
        as change_key,
    company_id,
    cnpj,
    partner_key,
    change_kind,
    before_value,
    after_value,
    changed_date,
    observed_date

from changes
