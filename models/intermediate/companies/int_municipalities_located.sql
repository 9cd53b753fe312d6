with establishments as (

    select * from {{ ref('int_establishments_cleaned') }}

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

ranked as (

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
    municipality_id,
    uf,
    cast(establishment_count as bigint) as establishment_count

from ranked
where uf_rank = 1
