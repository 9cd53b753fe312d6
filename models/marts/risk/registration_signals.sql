with companies as (

    select * from {{ ref('dim_company') }}

),

addresses as (

    select * from {{ ref('establishment_addresses') }}

),

contacts as (

    select * from {{ ref('establishment_contacts') }}

),

bridge as (

    select * from {{ ref('company_partners') }}

),

-- virtual offices and accountants register many a day; so little is left that is worth counting
shared as (

    select
        'unit' as shared_kind,
        unit_key as shared_key
    from {{ ref('shared_addresses') }}
    where not is_virtual_office and active_company_count >= {{ var('risk_shared_companies') }}
    union all
    select
        case contact_kind when 'email' then 'mailbox' else 'telephone' end as shared_kind,
        contact_key as shared_key
    from {{ ref('shared_contacts') }}
    where not is_accountant and active_company_count >= {{ var('risk_shared_companies') }}
    union all
    select
        'partner' as shared_kind,
        partner_id as shared_key
    from {{ ref('dim_partner') }}
    where
        identity_confidence in ('exact', 'likely')
        and company_count >= {{ var('risk_shared_companies') }}

),

told as (

    select company_id, cnpj, unit_key as shared_key from addresses
    union all
    select company_id, cnpj, phone_1_key as shared_key from contacts
    union all
    select company_id, cnpj, phone_2_key as shared_key from contacts
    union all
    select company_id, cnpj, email_key as shared_key from contacts
    union all
    select company_id, null as cnpj, partner_id as shared_key from bridge

),

registered as (

    select distinct
        shared.shared_kind,
        shared.shared_key,
        companies.company_id,
        companies.status,
        companies.opened_date
    from shared
    inner join told on shared.shared_key = told.shared_key
    inner join companies on told.company_id = companies.company_id
    where coalesce(told.cnpj, companies.headquarters_cnpj) = companies.headquarters_cnpj

),

counted as (

    select
        *,
        count(*) over (partition by shared_kind, shared_key, opened_date) as company_count
    from registered

)

select
    company_id,
    'mass_registration' as rule_id,
    cast(max(company_count) as {{ dbt.type_string() }}) || ' companies opened on '
    || cast(max(opened_date) as {{ dbt.type_string() }}) || ' with the same '
    || min(shared_kind) as evidence,
    max(company_count) as evidence_count

from counted
where
    company_count >= {{ var('risk_shared_companies') }}
    and status not in ('void', 'closed')
    and opened_date is not null
group by company_id
