with published as (

    select
        -- ids
        coalesce(cnpj_basico, '') || coalesce(cnpj_ordem, '') || coalesce(cnpj_dv, '') as cnpj,
        cnpj_basico as company_id,
        situacao_cadastral as status_id,
        motivo_situacao_cadastral as status_reason_id,
        cnae_fiscal_principal as main_cnae_id,
        cnae_fiscal_secundaria as secondary_cnae_ids,
        municipio as municipality_id,
        pais as country_id,

        -- text
        nome_fantasia as trade_name,
        situacao_especial as special_status,
        tipo_logradouro as street_type,
        logradouro as street,
        numero as street_number,
        complemento as complement,
        bairro as district,
        cep as postal_code,
        uf,
        nome_cidade_exterior as foreign_city,
        ddd_1 as phone_1_area,
        telefone_1 as phone_1,
        ddd_2 as phone_2_area,
        telefone_2 as phone_2,
        ddd_fax as fax_area,
        fax,
        correio_eletronico as email,

        -- booleans
        identificador_matriz_filial = '1' as is_headquarters,

        -- times
        data_situacao_cadastral as status_date_text,
        data_inicio_atividade as opened_date_text,
        data_situacao_especial as special_status_date_text

    from {{ source('cnpj', 'estabelecimentos') }}

)

select
    published.*,
    status_days.calendar_date as status_date,
    opening_days.calendar_date as opened_date,
    special_status_days.calendar_date as special_status_date

from published
left join {{ ref('stg_calendar__days') }} as status_days
    on published.status_date_text = status_days.day_text
left join {{ ref('stg_calendar__days') }} as opening_days
    on published.opened_date_text = opening_days.day_text
left join {{ ref('stg_calendar__days') }} as special_status_days
    on published.special_status_date_text = special_status_days.day_text
