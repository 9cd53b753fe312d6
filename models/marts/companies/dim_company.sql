with companies as (

    select * from {{ ref('int_companies_named') }}

),

establishments as (

    select * from {{ ref('dim_establishment') }}

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
        count(case when not is_headquarters then 1 end) as branch_count,
        count(case when not is_headquarters and status_id = '02' then 1 end) as open_branch_count,
        count(case when not is_headquarters and status_id = '08' then 1 end) as closed_branch_count,
        {{ distinct_list('uf') }} as ufs,
        min(opened_date) as first_opened_date,
        max(opened_date) as last_opened_date
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
    cnaes.class_id,
    cnaes.group_id,
    cnaes.division_id,
    cnaes.section_id,
    headquarters.municipality_id,
    headquarters.municipality_name,
    headquarters.uf,
    coalesce(counted.establishment_count, 0) as establishment_count,
    coalesce(counted.active_establishment_count, 0) as active_establishment_count,
    coalesce(counted.branch_count, 0) as branch_count,
    coalesce(counted.open_branch_count, 0) as open_branch_count,
    coalesce(counted.closed_branch_count, 0) as closed_branch_count,
    cast(coalesce(length(counted.ufs) - length(replace(counted.ufs, ',', '')) + 1, 0) as bigint)
        as uf_count,
    counted.ufs,
    counted.first_opened_date,
    counted.last_opened_date,

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
left join {{ ref('dim_establishment') }} as headquarters
    on
        companies.company_id = headquarters.company_id
        and counted.headquarters_cnpj = headquarters.cnpj
left join {{ ref('dim_cnae') }} as cnaes on headquarters.main_cnae_id = cnaes.cnae_id
left join simples_options on companies.company_id = simples_options.company_id
