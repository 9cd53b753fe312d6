with free_mail_domains as (

    select * from {{ ref('free_mail_domains') }}

),

standardised as materialized (

    select * from {{ ref('int_contacts_standardised') }}

),

split as (

    select
        *,
        split_part(email, '@', 2) as email_domain
    from standardised

)

select
    cnpj,
    company_id,
    md5(phone_1) as phone_1_key,
    md5(phone_2) as phone_2_key,
    md5(fax) as fax_key,
    md5(email) as email_key,
    email_domain,
    email_domain in (select known.email_domain from free_mail_domains as known) as is_free_mail,
    (
        {%- for word in var('accountant_words') %}
        email like '%{{ word }}%' {{ 'or' if not loop.last }}
        {%- endfor %}
    ) as is_accountant_mail

from split
where coalesce(phone_1, phone_2, fax, email) is not null
