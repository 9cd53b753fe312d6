with cnaes as (

    select * from {{ ref('stg_cnpj__cnaes') }}

),

sections as (

    select * from {{ ref('cnae_sections') }}

)

select
    cnaes.cnae_id,
    cnaes.cnae_name,
    substring(cnaes.cnae_id, 1, 5) as class_id,
    substring(cnaes.cnae_id, 1, 3) as group_id,
    substring(cnaes.cnae_id, 1, 2) as division_id,
    sections.section_id,
    sections.section_name

from cnaes
left join sections
    on
        substring(cnaes.cnae_id, 1, 2) >= sections.first_division_id
        and substring(cnaes.cnae_id, 1, 2) <= sections.last_division_id
