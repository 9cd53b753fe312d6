with namesakes as (

    {{ deduplicate(ref('stg_cnpj__partners'), ref('int_partners_repeated'), 'identity_key') }}

)

select
    case
        when copy_number = 1 then identity_key
        else {{ surrogate_key(['identity_key', 'copy_number']) }}
    end as partner_key,
    company_id,
    partner_kind_id,
    -- the source writes a masked row of zeros where there is no document, and no representative
    nullif(partner_document, '***000000**') as partner_document,
    qualification_id,
    country_id,
    age_band_id,
    nullif(representative_document, '***000000**') as representative_document,
    case when representative_document <> '***000000**' then representative_qualification_id end
        as representative_qualification_id,
    {{ clean_name('partner_name') }} as partner_name,
    {{ clean_name('representative_name') }} as representative_name,
    entry_date

from namesakes
