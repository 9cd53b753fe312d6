select
    -- ids
    cnpj_basico as company_id,

    -- booleans
    opcao_pelo_simples = 'S' as is_simples,
    opcao_mei = 'S' as is_mei,

    -- times
    {{ parse_date('data_opcao_simples') }} as simples_since_date,
    {{ parse_date('data_exclusao_simples') }} as simples_until_date,
    {{ parse_date('data_opcao_mei') }} as mei_since_date,
    {{ parse_date('data_exclusao_mei') }} as mei_until_date,
    data_opcao_simples as simples_since_date_text,
    data_exclusao_simples as simples_until_date_text,
    data_opcao_mei as mei_since_date_text,
    data_exclusao_mei as mei_until_date_text

from {{ source('cnpj', 'simples') }}
