with establishments as (

    select * from {{ ref('int_establishments_cleaned') }}

),

releases as (

    select * from {{ ref('stg_cnpj__releases') }}

)

select
    establishments.cnpj,
    establishments.company_id,
    establishments.is_headquarters,
    establishments.status_id,
    establishments.status_date,
    establishments.status_reason_id,
    establishments.special_status,
    establishments.special_status_date,
    releases.extracted_at

from establishments
cross join releases
