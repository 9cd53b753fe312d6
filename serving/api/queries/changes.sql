-- What changed of companies, oldest observation first.
with found as (

    select *
    from company_changes as changes
    where {filters}
    order by observed_date, change_kind, change_key
    limit %(limit)s

)

select
    json_build_array(found.observed_date, found.change_kind, found.change_key) as key,
    row_to_json(element) as element
from found
left join dim_establishment as establishment on found.cnpj = establishment.cnpj
left join dim_company as company on found.company_id = company.company_id
cross join lateral (
    select
        found.change_key,
        found.observed_date,
        found.changed_date,
        found.change_kind,
        found.company_id,
        found.cnpj,
        company.legal_name,
        coalesce(establishment.uf, company.uf) as uf,
        coalesce(establishment.main_cnae_id, company.main_cnae_id) as main_cnae_id,
        found.before_value,
        found.after_value
) as element
order by found.observed_date, found.change_kind, found.change_key
