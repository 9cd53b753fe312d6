with published as (

    select
        -- ids
        cnpj_basico as company_id,

        -- booleans
        opcao_pelo_simples = 'S' as is_simples,
        opcao_mei = 'S' as is_mei,

        -- times
        data_opcao_simples as simples_since_date_text,
        data_exclusao_simples as simples_until_date_text,
        data_opcao_mei as mei_since_date_text,
        data_exclusao_mei as mei_until_date_text

    from {{ source('cnpj', 'simples') }}

)

select
    published.*,
    simples_since_days.calendar_date as simples_since_date,
    simples_until_days.calendar_date as simples_until_date,
    mei_since_days.calendar_date as mei_since_date,
    mei_until_days.calendar_date as mei_until_date

from published
left join {{ ref('stg_calendar__days') }} as simples_since_days
    on published.simples_since_date_text = simples_since_days.day_text
left join {{ ref('stg_calendar__days') }} as simples_until_days
    on published.simples_until_date_text = simples_until_days.day_text
left join {{ ref('stg_calendar__days') }} as mei_since_days
    on published.mei_since_date_text = mei_since_days.day_text
left join {{ ref('stg_calendar__days') }} as mei_until_days
    on published.mei_until_date_text = mei_until_days.day_text
