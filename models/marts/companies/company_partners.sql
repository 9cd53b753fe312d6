with partners as (

    select * from {{ ref('int_partners_identified') }}

),

kinds as (

    select * from {{ ref('partner_kinds') }}

),

qualifications as (

    select * from {{ ref('stg_cnpj__qualifications') }}

),

countries as (

    select * from {{ ref('stg_cnpj__countries') }}

),

age_bands as (

    select * from {{ ref('age_bands') }}

),

releases as (

    select * from {{ ref('stg_cnpj__releases') }}

)

select
    partners.partner_key,
    partners.company_id,
    partners.partner_id,
    partners.partner_kind_id,
    kinds.partner_kind,
    partners.partner_name,
    partners.partner_document,
    partners.partner_company_id,
    partners.qualification_id,
    qualifications.qualification_name,
    partners.entry_date,
    age_bands.age_band,
    partners.country_id,
    countries.country_name,
    partners.representative_document,
    partners.representative_name,
    partners.representative_qualification_id,
    representative_qualifications.qualification_name as representative_qualification_name,
    releases.extracted_at

from partners
cross join releases
left join kinds on partners.partner_kind_id = kinds.partner_kind_id
left join qualifications on partners.qualification_id = qualifications.qualification_id
left join qualifications as representative_qualifications
    on partners.representative_qualification_id = representative_qualifications.qualification_id
left join countries on partners.country_id = countries.country_id
left join age_bands on partners.age_band_id = age_bands.age_band_id
