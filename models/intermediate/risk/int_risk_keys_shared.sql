{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}
{%- set least = var('risk_shared_companies') -%}

with companies as (

    select *
    from {{ ref('dim_company') }}
    where {{ is_not_ended('status') }}

),

-- virtual offices and accountants are discounted: they bring companies together that are apart
shared as (

    select
        'unit' as key_kind,
        unit_key as shared_key,
        active_company_count as company_count,
        is_virtual_office as is_discounted
    from {{ ref('shared_addresses') }}
    where active_company_count >= {{ least }}
    union all
    select
        case contact_kind when 'email' then 'mailbox' else 'telephone' end as key_kind,
        contact_key as shared_key,
        active_company_count as company_count,
        is_accountant as is_discounted
    from {{ ref('shared_contacts') }}
    where active_company_count >= {{ least }}
    union all
    select
        'partner' as key_kind,
        partner_id as shared_key,
        company_count,
        false as is_discounted
    from {{ ref('dim_partner') }}
    where company_count >= {{ least }} and identity_confidence in ('exact', 'likely')

),

told as (

    select
        cnpj,
        company_id,
        unit_key as shared_key
    from {{ ref('establishment_addresses') }}
    {%- for key in ['phone_1_key', 'phone_2_key', 'email_key'] %}
    union all
    select
        cnpj,
        company_id,
        {{ key }} as shared_key
    from {{ ref('establishment_contacts') }}
    {%- endfor %}
    union all
    select
        null as cnpj,
        company_id,
        partner_id as shared_key
    from {{ ref('company_partners') }}

)

select distinct
    companies.company_id,
    companies.opened_date,
    shared.key_kind,
    shared.shared_key,
    shared.company_count,
    shared.is_discounted

from shared
inner join told on shared.shared_key = told.shared_key
inner join companies on told.company_id = companies.company_id
where told.cnpj is null or told.cnpj = companies.headquarters_cnpj
