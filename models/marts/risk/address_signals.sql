with shared as (

    select *
    from {{ ref('int_risk_keys_shared') }}
    where key_kind = 'unit'

)

select
    company_id,
    case when is_discounted then 'virtual_office' else 'shared_unit' end as rule_id,
    concat(company_count, ' active companies in one unit') as evidence,
    company_count as evidence_count

from shared
