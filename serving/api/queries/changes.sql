-- What changed of companies, oldest observation first.
select
    json_build_array(changes.observed_date, changes.change_kind, changes.change_key) as key,
    row_to_json(element) as element
from company_changes as changes
left join dim_establishment as establishment on changes.cnpj = establishment.cnpj
left join dim_company as company on changes.company_id = company.company_id
cross join lateral (
    select
        changes.change_key,
        changes.observed_date,
        changes.changed_date,
        changes.change_kind,
        changes.company_id,
        changes.cnpj,
        company.legal_name,
        coalesce(establishment.uf, company.uf) as uf,
        coalesce(establishment.main_cnae_id, company.main_cnae_id) as main_cnae_id,
        changes.before_value,
        changes.after_value
) as element
where {filters}
order by changes.observed_date, changes.change_kind, changes.change_key
limit %(limit)s
