with establishments as (

    select * from {{ ref('int_establishments_cleaned') }}

),

statuses as (

    select * from {{ ref('registration_statuses') }}

),

status_reasons as (

    select * from {{ ref('stg_cnpj__status_reasons') }}

),

cnaes as (

    select * from {{ ref('stg_cnpj__cnaes') }}

),

municipalities as (

    select * from {{ ref('stg_cnpj__municipalities') }}

),

countries as (

    select * from {{ ref('stg_cnpj__countries') }}

),

releases as (

    select * from {{ ref('stg_cnpj__releases') }}

)

select
    establishments.cnpj,
    establishments.company_id,
    establishments.is_headquarters,
    establishments.trade_name,

    establishments.status_id,
    statuses.status,
    establishments.status_date,
    establishments.status_reason_id,
    status_reasons.status_reason_name,
    establishments.special_status,
    establishments.special_status_date,
    establishments.opened_date,

    establishments.main_cnae_id,
    cnaes.cnae_name as main_cnae_name,
    establishments.secondary_cnae_ids,

    establishments.street_type,
    establishments.street,
    establishments.street_number,
    establishments.complement,
    establishments.district,
    establishments.postal_code,
    establishments.municipality_id,
    municipalities.municipality_name,
    establishments.uf,
    establishments.country_id,
    countries.country_name,
    establishments.foreign_city,

    releases.extracted_at

from establishments
cross join releases
left join statuses on establishments.status_id = statuses.status_id
left join status_reasons on establishments.status_reason_id = status_reasons.status_reason_id
left join cnaes on establishments.main_cnae_id = cnaes.cnae_id
left join municipalities on establishments.municipality_id = municipalities.municipality_id
left join countries on establishments.country_id = countries.country_id
