with copies as (

    {{ deduplicate(ref('stg_cnpj__establishments'), ref('int_establishments_repeated'), 'cnpj') }}

)

select
    cnpj,
    company_id,
    status_id,
    status_reason_id,
    main_cnae_id,
    secondary_cnae_ids,
    municipality_id,
    country_id,
    {{ clean_name('trade_name') }} as trade_name,
    {{ clean_text('special_status') }} as special_status,
    {{ clean_text('street_type') }} as street_type,
    {{ clean_text('street') }} as street,
    {{ clean_text('street_number') }} as street_number,
    {{ clean_text('complement') }} as complement,
    {{ clean_text('district') }} as district,
    {{ clean_text('foreign_city') }} as foreign_city,
    case
        when length(postal_code) = 8 and {{ matches('postal_code', '[0-9]+') }} then postal_code
    end as postal_code,
    uf,
    coalesce(is_headquarters, false) as is_headquarters,
    status_date,
    opened_date,
    special_status_date

from copies
