with companies as (

    select * from {{ ref('int_companies_cleaned') }}

),

legal_natures as (

    select * from {{ ref('stg_cnpj__legal_natures') }}

),

qualifications as (

    select * from {{ ref('stg_cnpj__qualifications') }}

),

sizes as (

    select * from {{ ref('company_sizes') }}

)

select
    companies.*,
    legal_natures.legal_nature_name,
    qualifications.qualification_name as responsible_qualification_name,
    sizes.company_size

from companies
left join legal_natures on companies.legal_nature_id = legal_natures.legal_nature_id
left join qualifications
    on companies.responsible_qualification_id = qualifications.qualification_id
left join sizes on companies.size_id = sizes.size_id
