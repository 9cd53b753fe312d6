select
    -- ids
    cnpj_basico as company_id,

    -- booleans
    opcao_pelo_simples = 'S' as is_simples,
    opcao_mei = 'S' as is_mei,

    -- times
    simples_since_days.calendar_date as simples_since_date,
    simples_until_days.calendar_date as simples_until_date,
    mei_since_days.calendar_date as mei_since_date,
    mei_until_days.calendar_date as mei_until_date,
    data_opcao_simples as simples_since_date_text,
    data_exclusao_simples as simples_until_date_text,
    data_opcao_mei as mei_since_date_text,
    data_exclusao_mei as mei_until_date_text

from {{ source('cnpj', 'simples') }}
left join {{ ref('calendar_days') }} as simples_since_days on data_opcao_simples = simples_since_days.day_text
left join {{ ref('calendar_days') }} as simples_until_days on data_exclusao_simples = simples_until_days.day_text
left join {{ ref('calendar_days') }} as mei_since_days on data_opcao_mei = mei_since_days.day_text
left join {{ ref('calendar_days') }} as mei_until_days on data_exclusao_mei = mei_until_days.day_text
