-- An establishment in the words and types of Minha Receita and BrasilAPI.
-- They write "" for a text that is not there, and null for other things.
select
    cast(establishment.extracted_at as date) as as_of,
    row_to_json(answer) as body
from dim_establishment as establishment
left join dim_company as company on establishment.company_id = company.company_id
left join dim_municipality as municipality
    on establishment.municipality_id = municipality.municipality_id
left join (
    values
    ('01', 'NULA'), ('02', 'ATIVA'), ('03', 'SUSPENSA'), ('04', 'INAPTA'),
    ('05', 'ATIVA NAO REGULAR'), ('08', 'BAIXADA')
) as statuses (status_id, name) on establishment.status_id = statuses.status_id
left join (
    values
    ('00', 'NÃO INFORMADO'), ('01', 'MICRO EMPRESA'), ('03', 'EMPRESA DE PEQUENO PORTE'),
    ('05', 'DEMAIS')
) as sizes (size_id, name) on company.size_id = sizes.size_id
cross join lateral (
    select
        company.is_simples
        or company.is_mei
        or num_nonnulls(
            company.simples_since_date, company.simples_until_date,
            company.mei_since_date, company.mei_until_date
        ) > 0 as is_told
) as simples
{contacts}
cross join lateral (
    select
        establishment.cnpj,
        case when establishment.is_headquarters then 1 else 2 end as identificador_matriz_filial,
        case when establishment.is_headquarters then 'MATRIZ' else 'FILIAL' end
            as descricao_identificador_matriz_filial,
        coalesce(company.legal_name, '') as razao_social,
        coalesce(establishment.trade_name, '') as nome_fantasia,
        cast(establishment.status_id as int) as situacao_cadastral,
        statuses.name as descricao_situacao_cadastral,
        establishment.status_date as data_situacao_cadastral,
        cast(establishment.status_reason_id as int) as motivo_situacao_cadastral,
        establishment.status_reason_name as descricao_motivo_situacao_cadastral,
        coalesce(establishment.foreign_city, '') as nome_cidade_no_exterior,
        cast(establishment.country_id as int) as codigo_pais,
        establishment.country_name as pais,
        establishment.opened_date as data_inicio_atividade,
        cast(establishment.main_cnae_id as int) as cnae_fiscal,
        establishment.main_cnae_name as cnae_fiscal_descricao,
        coalesce(establishment.street_type, '') as descricao_tipo_de_logradouro,
        coalesce(establishment.street, '') as logradouro,
        coalesce(establishment.street_number, '') as numero,
        coalesce(establishment.complement, '') as complemento,
        coalesce(establishment.district, '') as bairro,
        coalesce(establishment.postal_code, '') as cep,
        coalesce(establishment.uf, '') as uf,
        cast(establishment.municipality_id as int) as codigo_municipio,
        cast(municipality.ibge_municipality_id as int) as codigo_municipio_ibge,
        establishment.municipality_name as municipio,
        coalesce(contact.phone_1, absent.phone) as ddd_telefone_1,
        coalesce(contact.phone_2, absent.phone) as ddd_telefone_2,
        coalesce(contact.fax, absent.phone) as ddd_fax,
        contact.email,
        coalesce(establishment.special_status, '') as situacao_especial,
        establishment.special_status_date as data_situacao_especial,
        case when simples.is_told then company.is_simples end as opcao_pelo_simples,
        company.simples_since_date as data_opcao_pelo_simples,
        company.simples_until_date as data_exclusao_do_simples,
        case when simples.is_told then company.is_mei end as opcao_pelo_mei,
        company.mei_since_date as data_opcao_pelo_mei,
        company.mei_until_date as data_exclusao_do_mei,
        cast(company.legal_nature_id as int) as codigo_natureza_juridica,
        company.legal_nature_name as natureza_juridica,
        cast(company.responsible_qualification_id as int) as qualificacao_do_responsavel,
        company.capital_amount as capital_social,
        cast(company.size_id as int) as codigo_porte,
        sizes.name as porte,
        '' as descricao_porte,
        coalesce(company.federative_entity, '') as ente_federativo_responsavel,
        cast(null as json) as regime_tributario,
        array_to_json(array(
            select row_to_json(partner) from (
                select
                    cast(partner_kind_id as int) as identificador_de_socio,
                    coalesce(partner_name, '') as nome_socio,
                    coalesce(partner_document, '***000000**') as cnpj_cpf_do_socio,
                    cast(qualification_id as int) as codigo_qualificacao_socio,
                    qualification_name as qualificacao_socio,
                    entry_date as data_entrada_sociedade,
                    cast(country_id as int) as codigo_pais,
                    country_name as pais,
                    coalesce(representative_document, '***000000**') as cpf_representante_legal,
                    coalesce(representative_name, '') as nome_representante_legal,
                    coalesce(cast(representative_qualification_id as int), 0)
                        as codigo_qualificacao_representante_legal,
                    case
                        when representative_qualification_id is null then 'Não informada'
                        else representative_qualification_name
                    end as qualificacao_representante_legal,
                    coalesce(age_bands.age_band_id, 0) as codigo_faixa_etaria,
                    coalesce(age_bands.name, 'Não se aplica') as faixa_etaria
                from company_partners
                left join (
                    values
                    ('0-12', 1, 'Entre 0 a 12 anos'),
                    ('13-20', 2, 'Entre 13 a 20 anos'),
                    ('21-30', 3, 'Entre 21 a 30 anos'),
                    ('31-40', 4, 'Entre 31 a 40 anos'),
                    ('41-50', 5, 'Entre 41 a 50 anos'),
                    ('51-60', 6, 'Entre 51 a 60 anos'),
                    ('61-70', 7, 'Entre 61 a 70 anos'),
                    ('71-80', 8, 'Entre 71 a 80 anos'),
                    ('81+', 9, 'Maiores de 80 anos')
                ) as age_bands (age_band, age_band_id, name)
                    on company_partners.age_band = age_bands.age_band
                where company_id = establishment.company_id
                order by entry_date, partner_name, partner_key
            ) as partner
        )) as qsa,
        array_to_json(array(
            select row_to_json(activity) from (
                select
                    cast(listed.cnae_id as int) as codigo,
                    (
                        select cnae_name from dim_cnae where dim_cnae.cnae_id = listed.cnae_id
                    ) as descricao
                from unnest(string_to_array(establishment.secondary_cnae_ids, ','))
                    with ordinality as listed (cnae_id, place)
                order by listed.place
            ) as activity
        )) as cnaes_secundarios
) as answer
where establishment.cnpj = %(cnpj)s
