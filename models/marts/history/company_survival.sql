with companies as (

    select * from {{ ref('dim_company') }}

),

ages as (

    select 1 as age_years
    union all
    select 2 as age_years
    union all
    select 3 as age_years
    union all
    select 5 as age_years

),

-- of an earlier spell the registry says nothing: who is active now has been all along
followed as (

    select
        cast(extract(year from companies.opened_date) as int) as cohort_year,
        coalesce(companies.section_id, '-') as section_id,
        ages.age_years,
        companies.status = 'active'
        or companies.status_date
        > cast({{ dbt.dateadd('year', 'ages.age_years', 'companies.opened_date') }} as date)
            as is_surviving
    from companies
    cross join ages
    where
        companies.status <> 'void'
        and (companies.status = 'active' or companies.status_date is not null)
        and cast({{ dbt.dateadd('year', 'ages.age_years', 'companies.opened_date') }} as date)
        <= cast(companies.extracted_at as date)

),

counted as (

    select
        cohort_year,
        section_id,
        age_years,
        count(*) as company_count,
        count(case when is_surviving then 1 end) as surviving_count
    from followed
    group by cohort_year, section_id, age_years

)

select
    {{ surrogate_key(['cohort_year', 'section_id', 'age_years']) }} as survival_key,
    cohort_year,
    section_id,
    age_years,
    company_count,
    surviving_count,
    {{ share_of('surviving_count', 'company_count') }} as surviving_share

from counted
