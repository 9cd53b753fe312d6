with municipalities as (

    select * from {{ ref('stg_cnpj__municipalities') }}

),

establishments as (

    select * from {{ ref('dim_establishment') }}

),

ufs as (

    select * from {{ ref('ufs') }}

),

counted as (

    select
        municipality_id,
        uf,
        count(*) as establishment_count
    from establishments
    where municipality_id is not null
    group by municipality_id, uf

),

-- the registry's own table of municipalities has no UF: it is the one most establishments state
located as (

    select
        municipality_id,
        uf,
        sum(establishment_count) over (partition by municipality_id) as establishment_count,
        row_number() over (
            partition by municipality_id order by establishment_count desc, uf asc nulls last
        ) as uf_rank
    from counted

)

select
    municipalities.municipality_id,
    municipalities.municipality_name,
    ufs.uf,
    ufs.uf_name,
    ufs.region,
    cast(coalesce(located.establishment_count, 0) as bigint) as establishment_count

from municipalities
left join located
    on municipalities.municipality_id = located.municipality_id and located.uf_rank = 1
left join ufs on located.uf = ufs.uf
