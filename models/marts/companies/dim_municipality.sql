with registered as (

    select * from {{ ref('stg_cnpj__municipalities') }}

),

tom_codes as (

    select * from {{ ref('stg_reference__tom_codes') }}

),

municipalities as (

    select * from {{ ref('stg_reference__municipalities') }}

),

ufs as (

    select * from {{ ref('ufs') }}

)

select
    registered.municipality_id,
    tom_codes.ibge_municipality_id,
    coalesce(municipalities.municipality_name, registered.municipality_name) as municipality_name,
    registered.municipality_name as registry_name,
    ufs.uf,
    ufs.uf_name,
    ufs.region

from registered
left join tom_codes on registered.municipality_id = tom_codes.municipality_id
left join municipalities
    on tom_codes.ibge_municipality_id = municipalities.ibge_municipality_id
left join ufs on coalesce(municipalities.uf, tom_codes.uf) = ufs.uf
