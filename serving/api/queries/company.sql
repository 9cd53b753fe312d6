-- A company with the establishment that is asked for; of a root, with its headquarters.
select
    cast(coalesce(establishment.extracted_at, company.extracted_at) as date) as as_of,
    row_to_json(answer) as body
from (select %(company_id)s::text as company_id) as asked
left join dim_company as company on asked.company_id = company.company_id
left join dim_establishment as establishment
    on establishment.cnpj = coalesce(%(cnpj)s::text, company.headquarters_cnpj)
left join dim_municipality as municipality
    on establishment.municipality_id = municipality.municipality_id
left join company_risk as risk on asked.company_id = risk.company_id
{contacts}
cross join lateral (
    select
        case when company.company_id is not null then (
            select row_to_json(found) from (
                select
                    company.company_id,
                    company.legal_name,
                    company.legal_nature_id,
                    company.legal_nature_name,
                    company.size_id,
                    company.company_size,
                    company.capital_amount,
                    company.has_placeholder_capital,
                    company.responsible_qualification_id,
                    company.responsible_qualification_name,
                    company.federative_entity,
                    company.headquarters_cnpj,
                    company.status_id,
                    company.status,
                    company.establishment_count,
                    company.active_establishment_count,
                    company.branch_count,
                    company.open_branch_count,
                    company.closed_branch_count,
                    company.ufs,
                    company.first_opened_date,
                    company.last_opened_date,
                    company.is_simples,
                    company.simples_since_date,
                    company.simples_until_date,
                    company.is_mei,
                    company.mei_since_date,
                    company.mei_until_date
            ) as found
        ) end as company,
        case when establishment.cnpj is not null then (
            select row_to_json(found) from (
                select
                    establishment.cnpj,
                    establishment.is_headquarters,
                    establishment.trade_name,
                    establishment.status_id,
                    establishment.status,
                    establishment.status_date,
                    establishment.status_reason_id,
                    establishment.status_reason_name,
                    establishment.special_status,
                    establishment.special_status_date,
                    establishment.opened_date,
                    establishment.main_cnae_id,
                    establishment.main_cnae_name,
                    array_to_json(array(
                        select row_to_json(activity) from (
                            select
                                listed.cnae_id,
                                (
                                    select cnae_name from dim_cnae
                                    where dim_cnae.cnae_id = listed.cnae_id
                                ) as cnae_name
                            from unnest(string_to_array(establishment.secondary_cnae_ids, ','))
                                with ordinality as listed (cnae_id, place)
                            order by listed.place
                        ) as activity
                    )) as secondary_activities,
                    establishment.street_type,
                    establishment.street,
                    establishment.street_number,
                    establishment.complement,
                    establishment.district,
                    establishment.postal_code,
                    establishment.municipality_id,
                    municipality.ibge_municipality_id,
                    coalesce(
                        municipality.municipality_name, establishment.municipality_name
                    ) as municipality_name,
                    establishment.uf,
                    establishment.country_id,
                    establishment.country_name,
                    establishment.foreign_city,
                    contact.phone_1,
                    contact.phone_2,
                    contact.fax,
                    contact.email
            ) as found
        ) end as establishment,
        array_to_json(array(
            select row_to_json(found) from (
                select
                    partner_kind,
                    partner_name,
                    partner_document,
                    qualification_id,
                    qualification_name,
                    entry_date,
                    age_band,
                    country_name,
                    representative_name,
                    representative_document,
                    representative_qualification_name
                from company_partners
                where company_id = asked.company_id
                order by entry_date, partner_name, partner_key
            ) as found
        )) as partners,
        case when risk.company_id is not null then (
            select row_to_json(found) from (
                select risk.score, risk.risk_level, risk.flag_count, risk.rule_version
            ) as found
        ) end as risk
) as answer
where
    case
        when %(cnpj)s::text is null then company.company_id is not null
        else establishment.cnpj is not null
    end
