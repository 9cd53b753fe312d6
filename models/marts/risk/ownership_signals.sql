with companies as (

    select * from {{ ref('dim_company') }}

),

circles as (

    select * from {{ ref('ownership_circles') }}

)

select
    companies.company_id,
    'circular_ownership' as rule_id,
    case
        when circles.company_count = 1 then 'owns itself'
        else concat('one of ', circles.company_count, ' companies that own each other in a circle')
    end as evidence,
    circles.company_count as evidence_count

from circles
inner join companies on circles.company_id = companies.company_id
where {{ is_not_ended('companies.status') }}
