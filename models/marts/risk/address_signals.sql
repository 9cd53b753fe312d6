with companies as (

    select * from {{ ref('dim_company') }}

),

addresses as (

    select * from {{ ref('establishment_addresses') }}

),

shared as (

    select * from {{ ref('shared_addresses') }}

)

select
    companies.company_id,
    case when shared.is_virtual_office then 'virtual_office' else 'shared_unit' end as rule_id,
    cast(shared.active_company_count as {{ dbt.type_string() }})
    || ' active companies in one unit, of '
    || cast(shared.division_count as {{ dbt.type_string() }}) || ' divisions of activity'
        as evidence,
    shared.active_company_count as evidence_count

from shared
inner join addresses on shared.unit_key = addresses.unit_key
inner join companies
    on
        addresses.company_id = companies.company_id
        and addresses.cnpj = companies.headquarters_cnpj
where
    shared.active_company_count >= {{ var('risk_shared_companies') }}
    and companies.status not in ('void', 'closed')
