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

),

named as (

    select
        registered.municipality_id,
        tom_codes.ibge_municipality_id,
        coalesce(municipalities.municipality_name, registered.municipality_name)
            as municipality_name,
        registered.municipality_name as registry_name,
        coalesce(municipalities.uf, tom_codes.uf) as uf
    from registered
    left join tom_codes on registered.municipality_id = tom_codes.municipality_id
    left join municipalities
        on tom_codes.ibge_municipality_id = municipalities.ibge_municipality_id

)

select
    named.municipality_id,
    named.ibge_municipality_id,
    named.municipality_name,
    named.registry_name,
    {{ replace_pattern('upper(' ~ fold_accents('named.municipality_name') ~ ')', '[^A-Z0-9]', '') }}
        as plain_name,
    ufs.uf,
    ufs.uf_name,
    ufs.region

from named
left join ufs on named.uf = ufs.uf
