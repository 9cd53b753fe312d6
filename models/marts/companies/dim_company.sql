with companies as (

    select * from {{ ref('int_companies_cleaned') }}

),

establishments as (

    select * from {{ ref('int_establishments_aggregated') }}

),

headquarters as (

    select * from {{ ref('dim_establishment') }}

),

simples_options as (

    select * from {{ ref('int_simples_options_cleaned') }}

),

legal_natures as (

    select * from {{ ref('stg_cnpj__legal_natures') }}

),

qualifications as (

    select * from {{ ref('stg_cnpj__qualifications') }}

),

sizes as (

    select * from {{ ref('company_sizes') }}

),

releases as (

    select * from {{ ref('stg_cnpj__releases') }}

)

select
    companies.company_id,
    companies.legal_name,
    companies.legal_nature_id,
    legal_natures.legal_nature_name,
    companies.size_id,
    sizes.company_size,
    companies.capital_amount,
    companies.has_placeholder_capital,
    companies.responsible_qualification_id,
    qualifications.qualification_name as responsible_qualification_name,
    companies.federative_entity,

    establishments.headquarters_cnpj,
    headquarters.status_id,
    headquarters.status,
    headquarters.status_date,
    headquarters.opened_date,
    headquarters.main_cnae_id,
    headquarters.municipality_id,
    headquarters.municipality_name,
    headquarters.uf,
    coalesce(establishments.establishment_count, 0) as establishment_count,
    coalesce(establishments.active_establishment_count, 0) as active_establishment_count,
    coalesce(establishments.uf_count, 0) as uf_count,

    coalesce(simples_options.is_simples, false) as is_simples,
    simples_options.simples_since_date,
    simples_options.simples_until_date,
    coalesce(simples_options.is_mei, false) as is_mei,
    simples_options.mei_since_date,
    simples_options.mei_until_date,

    releases.extracted_at

from companies
cross join releases
left join establishments on companies.company_id = establishments.company_id
left join headquarters on establishments.headquarters_cnpj = headquarters.cnpj
left join simples_options on companies.company_id = simples_options.company_id
left join legal_natures on companies.legal_nature_id = legal_natures.legal_nature_id
left join qualifications
    on companies.responsible_qualification_id = qualifications.qualification_id
left join sizes on companies.size_id = sizes.size_id
