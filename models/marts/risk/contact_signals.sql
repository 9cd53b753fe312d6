with shared as (

    select
        *,
        case
            when is_discounted then 'accountant_contact'
            when key_kind = 'mailbox' then 'shared_mailbox'
            else 'shared_phone'
        end as rule_id
    from {{ ref('int_risk_keys_shared') }}
    where key_kind in ('mailbox', 'telephone')

)

select
    company_id,
    rule_id,
    concat(max(company_count), ' active companies have it') as evidence,
    max(company_count) as evidence_count

from shared
group by company_id, rule_id
