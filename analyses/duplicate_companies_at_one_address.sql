-- Which active companies sit in one unit and share a partner, a mailbox or a telephone?
with units as (

    select
        addresses.unit_key,
        addresses.cnpj,
        addresses.company_id,
        shared.active_company_count,
        min(addresses.company_id) over (partition by addresses.unit_key) as first_company_id
    from marts.shared_addresses as shared
    inner join marts.establishment_addresses as addresses on shared.unit_key = addresses.unit_key
    inner join marts.dim_establishment as establishments
        on addresses.cnpj = establishments.cnpj and establishments.status = 'active'
    where not shared.is_virtual_office and shared.active_company_count <= 20

),

pairs as (

    select distinct
        ours.unit_key,
        ours.active_company_count,
        ours.company_id as company_a_id,
        theirs.company_id as company_b_id,
        ours_contacts.email_key = theirs_contacts.email_key as has_same_mailbox,
        ours_contacts.phone_1_key = theirs_contacts.phone_1_key as has_same_phone,
        exists (
            select 1
            from marts.company_partners as our_partners
            inner join marts.company_partners as their_partners
                on our_partners.partner_id = their_partners.partner_id
            where
                our_partners.company_id = ours.company_id
                and their_partners.company_id = theirs.company_id
        ) as has_same_partner
    from units as ours
    inner join units as theirs
        on ours.unit_key = theirs.unit_key and ours.company_id < theirs.company_id
    left join marts.establishment_contacts as ours_contacts on ours.cnpj = ours_contacts.cnpj
    left join marts.establishment_contacts as theirs_contacts on theirs.cnpj = theirs_contacts.cnpj

)

select
    a.legal_name as company_a,
    b.legal_name as company_b,
    pairs.active_company_count as companies_in_unit,
    coalesce(pairs.has_same_partner, false) as same_partner,
    coalesce(pairs.has_same_mailbox, false) as same_mailbox,
    coalesce(pairs.has_same_phone, false) as same_phone
from pairs
left join marts.dim_company as a on pairs.company_a_id = a.company_id
left join marts.dim_company as b on pairs.company_b_id = b.company_id
where pairs.has_same_partner or pairs.has_same_mailbox or pairs.has_same_phone
order by
    same_partner desc, same_mailbox desc, same_phone desc, pairs.company_a_id asc,
    pairs.company_b_id asc
limit 10
