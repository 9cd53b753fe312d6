inner join dim_establishment as establishment on found.cnpj = establishment.cnpj
left join dim_company as company on establishment.company_id = company.company_id
left join dim_municipality as municipality
    on establishment.municipality_id = municipality.municipality_id
cross join lateral (
    select
        establishment.cnpj,
        establishment.company_id,
        company.legal_name,
        establishment.trade_name,
        establishment.is_headquarters,
        establishment.status_id,
        establishment.status,
        establishment.status_date,
        establishment.opened_date,
        company.size_id,
        company.company_size,
        establishment.main_cnae_id,
        establishment.main_cnae_name,
        establishment.municipality_id,
        municipality.ibge_municipality_id,
        coalesce(municipality.municipality_name, establishment.municipality_name)
            as municipality_name,
        establishment.uf
) as element
