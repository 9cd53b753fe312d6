with distinct_rows as (

    select distinct *
    from {{ ref('stg_cnpj__partners') }}

),

-- documents are masked, so two people may share all that identifies them: they are numbered
numbered as (

    select
        *,
        row_number() over (
            partition by
                company_id, partner_kind_id, partner_document, partner_name, entry_date_text,
                qualification_id
            order by
                age_band_id nulls last,
                representative_document nulls last,
                representative_name nulls last,
                representative_qualification_id nulls last,
                country_id nulls last
        ) as namesake_number
    from distinct_rows

)

select
    {{ surrogate_key([
        'company_id', 'partner_kind_id', 'partner_document', 'partner_name', 'entry_date_text',
        'qualification_id', 'namesake_number'
    ]) }} as partner_key,
    company_id,
    partner_kind_id,
    partner_document,
    qualification_id,
    country_id,
    age_band_id,
    -- the source writes a masked row of zeros where there is no representative
    nullif(representative_document, '***000000**') as representative_document,
    case when representative_document <> '***000000**' then representative_qualification_id end
        as representative_qualification_id,
    {{ mask_cpf(clean_text('partner_name')) }} as partner_name,
    {{ mask_cpf(clean_text('representative_name')) }} as representative_name,
    entry_date

from numbered
