-- documents are masked, so two people may share all that identifies them: they are numbered
{%- set identity = [
    'company_id', 'partner_kind_id', 'partner_document', 'partner_name', 'entry_date_text',
    'qualification_id'
] %}
with partners as (

    select
        *,
        {{ surrogate_key(identity) }} as identity_key
    from {{ ref('stg_cnpj__partners') }}

),

-- few, so only these are put in order
repeated as materialized (

    select identity_key
    from partners
    group by identity_key
    having count(*) > 1

),

distinct_rows as (

    select distinct partners.*
    from partners
    inner join repeated on partners.identity_key = repeated.identity_key

),

numbered as (

    select
        partners.*,
        1 as namesake_number
    from partners
    left join repeated on partners.identity_key = repeated.identity_key
    where repeated.identity_key is null
    union all
    select
        *,
        row_number() over (
            partition by identity_key
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
    {{ surrogate_key(identity + ['namesake_number']) }} as partner_key,
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
