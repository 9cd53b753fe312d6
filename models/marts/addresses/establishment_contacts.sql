with establishments as (

    select * from {{ ref('int_establishments_resolved') }}

),

free_mail_domains as (

    select * from {{ ref('free_mail_domains') }}

),

standardised as materialized (

    select
        cnpj,
        company_id,
        {{ standard_phone('phone_1_area', 'phone_1') }} as phone_1,
        {{ standard_phone('phone_2_area', 'phone_2') }} as phone_2,
        {{ standard_phone('fax_area', 'fax') }} as fax,
        {{ standard_email('email') }} as email
    from establishments

),

split as (

    select
        *,
        split_part(email, '@', 2) as email_domain
    from standardised

)

select
    split.cnpj,
    split.company_id,
    md5(split.phone_1) as phone_1_key,
    md5(split.phone_2) as phone_2_key,
    md5(split.fax) as fax_key,
    md5(split.email) as email_key,
    split.email_domain,
    case when split.email is not null then free_mail_domains.email_domain is not null end
        as is_free_mail,
    (
        {%- for word in var('accountant_words') %}
        split.email like '%{{ word }}%' {{ 'or' if not loop.last }}
        {%- endfor %}
    ) as is_accountant_mail

from split
left join free_mail_domains on split.email_domain = free_mail_domains.email_domain
where coalesce(split.phone_1, split.phone_2, split.fax, split.email) is not null
