with companies as (

    select * from {{ ref('dim_company') }}

),

contacts as (

    select * from {{ ref('establishment_contacts') }}

),

shared as (

    select *
    from {{ ref('shared_contacts') }}
    where active_company_count >= {{ var('risk_shared_companies') }}

),

told as (
    {% for key in ['phone_1_key', 'phone_2_key', 'email_key'] %}
    select
        cnpj,
        company_id,
        {{ key }} as contact_key
    from contacts
    where {{ key }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

judged as (

    select
        companies.company_id,
        case
            when shared.is_accountant then 'accountant_contact'
            when shared.contact_kind = 'email' then 'shared_mailbox'
            else 'shared_phone'
        end as rule_id,
        shared.active_company_count,
        shared.address_count
    from shared
    inner join told on shared.contact_key = told.contact_key
    inner join companies
        on told.company_id = companies.company_id and told.cnpj = companies.headquarters_cnpj
    where companies.status not in ('void', 'closed')

)

select
    company_id,
    rule_id,
    cast(max(active_company_count) as {{ dbt.type_string() }}) || ' active companies share it'
        as evidence,
    max(active_company_count) as evidence_count

from judged
group by company_id, rule_id
