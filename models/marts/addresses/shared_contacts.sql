with contacts as not materialized (

    select
        phone_1_key as contact_key,
        'phone' as contact_kind,
        cnpj,
        company_id,
        cast(null as {{ dbt.type_string() }}) as email_domain,
        cast(null as boolean) as is_free_mail,
        false as is_accountant_mail
    from {{ ref('establishment_contacts') }}
    where phone_1_key is not null
    union all
    select
        phone_2_key as contact_key,
        'phone' as contact_kind,
        cnpj,
        company_id,
        null as email_domain,
        null as is_free_mail,
        false as is_accountant_mail
    from {{ ref('establishment_contacts') }}
    where phone_2_key <> coalesce(phone_1_key, '')
    union all
    select
        email_key as contact_key,
        'email' as contact_kind,
        cnpj,
        company_id,
        email_domain,
        is_free_mail,
        is_accountant_mail
    from {{ ref('establishment_contacts') }}
    where email_key is not null

),

shared as (

    select contact_key
    from contacts
    group by contact_key
    having min(company_id) <> max(company_id)

),

addresses as (

    select * from {{ ref('establishment_addresses') }}

),

establishments as (

    select * from {{ ref('dim_establishment') }}

),

counted as (

    select
        contacts.contact_key,
        contacts.contact_kind,
        min(contacts.email_domain) as email_domain,
        bool_or(contacts.is_free_mail) as is_free_mail,
        bool_or(contacts.is_accountant_mail) as is_accountant_mail,
        count(distinct contacts.company_id) as active_company_count,
        count(*) as establishment_count,
        count(distinct addresses.address_key) as address_count,
        count(distinct establishments.municipality_id) as municipality_count,
        count(distinct substring(establishments.main_cnae_id, 1, 2)) as division_count
    from shared
    inner join contacts on shared.contact_key = contacts.contact_key
    inner join establishments on contacts.cnpj = establishments.cnpj
    inner join addresses on contacts.cnpj = addresses.cnpj
    where establishments.status_id = '02'
    group by contacts.contact_key, contacts.contact_kind
    having min(contacts.company_id) <> max(contacts.company_id)

)

select
    contact_key,
    contact_kind,
    email_domain,
    is_free_mail,
    active_company_count,
    establishment_count,
    address_count,
    municipality_count,
    division_count,
    is_accountant_mail
    or (
        active_company_count >= {{ var('accountant_companies') }}
        and address_count >= {{ var('accountant_address_share') }} * active_company_count
    ) as is_accountant

from counted
