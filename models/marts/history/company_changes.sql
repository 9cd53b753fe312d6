with releases as (

    select
        cast(extracted_at as date) as observed_date,
        lag(cast(extracted_at as date)) over (order by extracted_at) as previous_date,
        lag(is_partial) over (order by extracted_at) as follows_partial
    from {{ ref('registry_releases') }}

),

status_changes as (

    select
        company_id,
        cnpj,
        cast(null as {{ dbt.type_string() }}) as partner_key,
        case
            when from_status = 'unpublished' then 'republished'
            when to_status = 'active' then 'reactivated'
            when to_status = 'unknown' then 'status_unknown'
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

),

-- what a partial release lacked may have been there before
told as (

    select
        changes.company_id,
        changes.cnpj,
        changes.partner_key,
        case
            when
                changes.change_kind = 'opened'
                and releases.follows_partial
                and changes.changed_date <= releases.previous_date
                then 'first_shown'
            else changes.change_kind
        end as change_kind,
        changes.before_value,
        changes.after_value,
        changes.changed_date,
        changes.observed_date
    from changes
    left join releases on changes.observed_date = releases.observed_date

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

from told
