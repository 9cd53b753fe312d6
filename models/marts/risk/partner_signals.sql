with companies as (

    select * from {{ ref('dim_company') }}

),

bridge as (

    select * from {{ ref('company_partners') }}

),

-- whose identity is a name alone may be two people; administrators and funds are everywhere
partners as (

    select *
    from {{ ref('dim_partner') }}
    where
        identity_confidence in ('exact', 'likely')
        and (unfit_company_count > 0 or closed_company_count > 0)
        and company_count <= {{ var('shared_partner_hub') }}

),

elsewhere as (

    select
        companies.company_id,
        partners.unfit_company_count
        - case when companies.status = 'unfit' then 1 else 0 end as unfit_count,
        partners.closed_company_count as closed_count,
        partners.company_count
    from partners
    inner join bridge on partners.partner_id = bridge.partner_id
    inner join companies on bridge.company_id = companies.company_id
    where {{ is_not_ended('companies.status') }}

),

signals as (

    select
        company_id,
        'partner_of_unfit' as rule_id,
        unfit_count as evidence_count,
        company_count
    from elsewhere
    where unfit_count >= 1
    union all
    select
        company_id,
        'partner_of_many_closed' as rule_id,
        closed_count as evidence_count,
        company_count
    from elsewhere
    where closed_count >= {{ var('risk_closed_companies') }}

)

select
    company_id,
    rule_id,
    concat(
        'a partner is in ', max(evidence_count),
        case rule_id when 'partner_of_unfit' then ' unfit' else ' closed' end,
        ' companies besides'
    ) as evidence,
    max(evidence_count) as evidence_count

from signals
group by company_id, rule_id
