{%- set text = dbt.type_string() -%}

with status_changes as (

    select * from {{ ref('company_status_transitions') }}

),

establishment_changes as (

    select * from {{ ref('int_establishment_changes_listed') }}

),

company_changes as (

    select * from {{ ref('int_company_changes_listed') }}

),

simples_changes as (

    select * from {{ ref('int_simples_changes_listed') }}

),

partner_changes as (

    select * from {{ ref('int_partner_changes_listed') }}

),

changes as (

    select
        company_id,
        cnpj,
        cast(null as {{ text }}) as partner_key,
        case
            when from_status = 'unpublished' then 'republished'
            when to_status = 'active' then 'reactivated'
            else to_status
        end as change_kind,
        from_status as before_value,
        to_status as after_value,
        changed_date,
        observed_date
    from status_changes
    union all
    select company_id, cnpj, null, change_kind, before_value, after_value, changed_date, observed_date
    from establishment_changes
    union all
    select company_id, null, null, change_kind, before_value, after_value, changed_date, observed_date
    from company_changes
    union all
    select company_id, null, null, change_kind, null, null, changed_date, observed_date
    from simples_changes
    union all
    select
        company_id, null, partner_key, change_kind, before_value, after_value, changed_date,
        observed_date
    from partner_changes

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
