with published as (

    select
        -- ids
        cnpj_basico as company_id,
        identificador_de_socio as partner_kind_id,
        cnpj_cpf_do_socio as partner_document,
        qualificacao_socio as qualification_id,
        pais as country_id,
        representante_legal as representative_document,
        qualificacao_representante as representative_qualification_id,
        faixa_etaria as age_band_id,
        {{ surrogate_key([
            'cnpj_basico', 'identificador_de_socio', 'cnpj_cpf_do_socio', 'nome_socio',
            'data_entrada_sociedade', 'qualificacao_socio'
        ]) }} as identity_key,

        -- text
        nome_socio as partner_name,
        nome_do_representante as representative_name,

        -- times
        data_entrada_sociedade as entry_date_text

    from {{ source('cnpj', 'socios') }}

)

select
    published.*,
    entry_days.calendar_date as entry_date

from published
left join {{ ref('stg_calendar__days') }} as entry_days
    on published.entry_date_text = entry_days.day_text
