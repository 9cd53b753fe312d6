with companies as (

    select * from {{ ref('int_companies_irregularities_counted') }}

),

establishments as (

    select * from {{ ref('int_establishments_irregularities_counted') }}

),

partners as (

    select * from {{ ref('int_partners_irregularities_counted') }}

),

simples_options as (

    select * from {{ ref('int_simples_irregularities_counted') }}

),

duplicates as (

    select * from {{ ref('int_duplicates_counted') }}

),

orphans as (

    select
        'orphan_simples' as irregularity,
        count(*) as row_count
    from {{ ref('stg_cnpj__simples_options') }} as options
    left join {{ ref('stg_cnpj__companies') }} as known on options.company_id = known.company_id
    where known.company_id is null

),

counted as (

    select * from companies
    union all
    select * from establishments
    union all
    select * from partners
    union all
    select * from simples_options
    union all
    select
        irregularity,
        row_count
    from duplicates
    union all
    select * from orphans

),

summed as (

    select
        irregularity,
        cast(sum(row_count) as bigint) as occurrence_count
    from counted
    group by irregularity

),

irregularities as (

    select * from {{ ref('irregularities') }}

)

select
    irregularities.irregularity,
    irregularities.source_table,
    irregularities.meaning,
    irregularities.treatment,
    coalesce(summed.occurrence_count, 0) as occurrence_count

from irregularities
left join summed on irregularities.irregularity = summed.irregularity
