with partners as (

    select * from {{ ref('company_partners') }}

),

companies as (

    select * from {{ ref('dim_company') }}

),

-- an owner may be listed by several of its establishments, or have entered twice
ownerships as (

    select
        partner_company_id as owner_company_id,
        company_id,
        qualification_id,
        min(partner_id) as partner_id,
        min(partner_document) as owner_cnpj,
        min(partner_name) as owner_name,
        min(qualification_name) as qualification_name,
        min(entry_date) as entry_date
    from partners
    where partner_company_id is not null
    group by partner_company_id, company_id, qualification_id

)

select
    {{ surrogate_key([
        'ownerships.owner_company_id', 'ownerships.company_id', 'ownerships.qualification_id'
    ]) }} as ownership_key,
    ownerships.owner_company_id,
    ownerships.owner_cnpj,
    ownerships.owner_name,
    ownerships.partner_id,
    ownerships.company_id,
    ownerships.qualification_id,
    ownerships.qualification_name,
    ownerships.entry_date,
    companies.company_id is not null as is_owner_registered,
    ownerships.owner_company_id = ownerships.company_id as is_self_owned

from ownerships
left join companies on ownerships.owner_company_id = companies.company_id
