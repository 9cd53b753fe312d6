with history as (

    select * from {{ ref('company_status_history') }}

),

transitions as (

    select * from {{ ref('company_status_transitions') }}

),

establishments as (

    select * from {{ ref('dim_establishment') }}

),

cnaes as (

    select * from {{ ref('dim_cnae') }}

),

releases as (

    select
        extracted_at,
        row_number() over (order by extracted_at) as release_number,
        count(*) over () as release_count
    from {{ ref('registry_releases') }}

),

-- each pair of neighbouring releases is a chance to change, for whoever the first of them shows;
-- who did change is taken from those that did not
counted as (

    select
        history.cnpj,
        coalesce(history.status, 'unknown') as from_status,
        coalesce(history.status, 'unknown') as to_status,
        coalesce(ends.release_number, begins.release_count) - begins.release_number as pair_count
    from history
    inner join releases as begins on history.valid_from = begins.extracted_at
    left join releases as ends on history.valid_to = ends.extracted_at
    where not history.is_deleted
    union all
    select
        cnpj,
        from_status,
        from_status as to_status,
        -1 as pair_count
    from transitions
    where from_status <> 'unpublished'
    union all
    select
        cnpj,
        from_status,
        to_status,
        1 as pair_count
    from transitions
    where from_status <> 'unpublished'

),

summed as (

    select
        coalesce(cnaes.section_id, '-') as section_id,
        coalesce(establishments.uf, '-') as uf,
        counted.from_status,
        counted.to_status,
        cast(sum(counted.pair_count) as bigint) as pair_count
    from counted
    left join establishments on counted.cnpj = establishments.cnpj
    left join cnaes on establishments.main_cnae_id = cnaes.cnae_id
    group by 1, 2, 3, 4
    having sum(counted.pair_count) > 0

)

select
    {{ surrogate_key(['section_id', 'uf', 'from_status', 'to_status']) }} as transition_key,
    section_id,
    uf,
    from_status,
    to_status,
    pair_count,
    {{ share_of('pair_count', 'sum(pair_count) over (partition by section_id, uf, from_status)') }}
        as pair_share

from summed
