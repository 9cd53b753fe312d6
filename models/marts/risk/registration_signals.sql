with counted as (

    select
        *,
        count(*) over (partition by key_kind, shared_key, opened_date) as registered_count
    from {{ ref('int_risk_keys_shared') }}
    where not is_discounted and opened_date is not null

)

select
    company_id,
    'mass_registration' as rule_id,
    concat(
        max(registered_count), ' companies opened on ', max(opened_date), ' with the same ',
        min(key_kind)
    ) as evidence,
    max(registered_count) as evidence_count

from counted
where registered_count >= {{ var('risk_shared_companies') }}
group by company_id
