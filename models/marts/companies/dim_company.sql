with companies as (

    select * from {{ ref('int_companies_named') }}

),

establishments as (

    select * from {{ ref('dim_establishment') }}

),

headquarters as (

    select *
    from {{ ref('dim_establishment') }}
    where is_headquarters

),

simples_options as (

    select * from {{ ref('int_simples_options_cleaned') }}

),

releases as (

    select * from {{ ref('stg_cnpj__releases') }}

),

counted as (

    select
        company_id,
        max(case when is_headquarters then cnpj end) as headquarters_cnpj,
        count(*) as establishment_count,
        count(case when status_id = '02' then 1 end) as active_establishment_count,
        count(distinct uf) as uf_count
    from establishments
    group by company_id

)

select
    companies.company_id,
    companies.legal_name,
    companies.legal_nature_id,
    companies.legal_nature_name,
    companies.size_id,
    companies.company_size,
    companies.capital_amount,
    companies.has_placeholder_capital,
    companies.responsible_qualification_id,
    companies.responsible_qualification_name,
    companies.federative_entity,

    counted.headquarters_cnpj,
    headquarters.status_id,
    headquarters.status,
    headquarters.status_date,
    headquarters.opened_date,
    headquarters.main_cnae_id,
    headquarters.municipality_id,
    headquarters.municipality_name,
    headquarters.uf,
    coalesce(counted.establishment_count, 0) as establishment_count,
    coalesce(counted.active_establishment_count, 0) as active_establishment_count,
    coalesce(counted.uf_count, 0) as uf_count,

    coalesce(simples_options.is_simples, false) as is_simples,
    simples_options.simples_since_date,
    simples_options.simples_until_date,
    coalesce(simples_options.is_mei, false) as is_mei,
    simples_options.mei_since_date,
    simples_options.mei_until_date,

    releases.extracted_at

from companies
cross join releases
left join counted on companies.company_id = counted.company_id
-- by the company too, of which the planner knows how many there are
left join headquarters
    on
        companies.company_id = headquarters.company_id
        and counted.headquarters_cnpj = headquarters.cnpj
left join simples_options on companies.company_id = simples_options.company_id
