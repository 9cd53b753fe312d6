with municipalities as (

    select * from {{ ref('stg_cnpj__municipalities') }}

),

locations as (

    select * from {{ ref('int_municipalities_located') }}

),

ufs as (

    select * from {{ ref('ufs') }}

)

select
    municipalities.municipality_id,
    municipalities.municipality_name,
    ufs.uf,
    ufs.uf_name,
    ufs.region,
    coalesce(locations.establishment_count, 0) as establishment_count

from municipalities
left join locations on municipalities.municipality_id = locations.municipality_id
left join ufs on locations.uf = ufs.uf
