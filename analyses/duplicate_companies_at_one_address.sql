-- In which units do several active companies share a partner, a mailbox or a telephone?
with accountants as (

    select contact_key
    from marts.shared_contacts
    where is_accountant

),

members as (

    select
        addresses.unit_key,
        addresses.cnpj,
        addresses.company_id,
        contacts.email_key,
        contacts.phone_1_key,
        min(addresses.cnpj) over (partition by addresses.unit_key) as first_cnpj
    from marts.shared_addresses as shared
    inner join marts.establishment_addresses as addresses on shared.unit_key = addresses.unit_key
    inner join marts.dim_establishment as establishments
        on addresses.cnpj = establishments.cnpj and establishments.status = 'active'
    left join marts.establishment_contacts as contacts on addresses.cnpj = contacts.cnpj
    where not shared.is_virtual_office

),

links as (

    select
        members.unit_key,
        members.first_cnpj,
        members.company_id,
        'partner' as link_kind,
        partners.partner_id as link_key
    from members
    inner join marts.company_partners as bridge on members.company_id = bridge.company_id
    inner join marts.dim_partner as partners on bridge.partner_id = partners.partner_id
    where partners.identity_confidence in ('exact', 'likely')
    union all
    select
        unit_key,
        first_cnpj,
        company_id,
        'mailbox' as link_kind,
        email_key as link_key
    from members
    where email_key not in (select accountants.contact_key from accountants)
    union all
    select
        unit_key,
        first_cnpj,
        company_id,
        'telephone' as link_kind,
        phone_1_key as link_key
    from members
    where phone_1_key not in (select accountants.contact_key from accountants)

),

linked as (

    select
        unit_key,
        link_kind,
        link_key,
        count(distinct company_id) as companies,
        min(first_cnpj) as first_cnpj
    from links
    group by unit_key, link_kind, link_key
    having count(distinct company_id) > 1

),

units as (

    select
        unit_key,
        min(first_cnpj) as first_cnpj,
        max(case when link_kind = 'partner' then companies else 0 end) as share_a_partner,
        max(case when link_kind = 'mailbox' then companies else 0 end) as share_a_mailbox,
        max(case when link_kind = 'telephone' then companies else 0 end) as share_a_telephone
    from linked
    group by unit_key

)

select
    municipalities.municipality_name,
    addresses.street_type || ' ' || addresses.street || ', ' || addresses.street_number as address,
    companies.legal_name as one_of_them,
    shared.active_company_count as active_companies,
    units.share_a_partner,
    units.share_a_mailbox,
    units.share_a_telephone
from units
inner join marts.shared_addresses as shared on units.unit_key = shared.unit_key
left join marts.establishment_addresses as addresses on units.first_cnpj = addresses.cnpj
left join marts.dim_company as companies on addresses.company_id = companies.company_id
left join marts.dim_municipality as municipalities
    on addresses.municipality_id = municipalities.municipality_id
order by
    units.share_a_partner desc, units.share_a_mailbox desc, units.share_a_telephone desc,
    units.first_cnpj asc
limit 10
