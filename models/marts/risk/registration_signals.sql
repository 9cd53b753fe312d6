with counted as (

    select
        *,
        count(*) over (partition by key_kind, shared_key, opened_date) as registered_count
    from {{ ref('int_risk_keys_shared') }}
    where not is_discounted and opened_date is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by company_id order by registered_count desc, key_kind asc
        ) as key_rank
    from counted
    where registered_count >= {{ var('risk_shared_companies') }}

)

select
    company_id,
    'mass_registration' as rule_id,
    concat(
        registered_count, ' companies opened on ', opened_date, ' with the same ', key_kind
    ) as evidence,
    registered_count as evidence_count

from ranked
where key_rank = 1
