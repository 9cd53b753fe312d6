with companies as (

    select * from {{ ref('dim_company') }}

),

changes as (

    select * from {{ ref('company_changes') }}

)

select
    companies.company_id,
    'partner_turnover' as rule_id,
    concat(
        count(*), ' partners came or went, last seen on ', max(changes.observed_date)
    ) as evidence,
    count(*) as evidence_count

from changes
inner join companies on changes.company_id = companies.company_id
where
    changes.change_kind in ('partner_in', 'partner_out')
    and changes.observed_date
    > cast({{ dbt.dateadd('day', -365, 'companies.extracted_at') }} as date)
    and {{ is_not_ended('companies.status') }}
group by companies.company_id
having count(*) >= {{ var('risk_partner_moves') }}
