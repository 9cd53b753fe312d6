{%- set ages = [1, 2, 3, 5] -%}

with companies as (

    select
        companies.*,
        cnaes.section_id,
        cast(extract(year from companies.opened_date) as int) as cohort_year,
        -- of an earlier spell the registry says nothing: who is active now has been all along
        case when companies.status <> 'active' then companies.status_date end as ended_date
    from {{ ref('dim_company') }} as companies
    left join {{ ref('dim_cnae') }} as cnaes on companies.main_cnae_id = cnaes.cnae_id
    where
        companies.opened_date <= cast(companies.extracted_at as date)
        and companies.status <> 'void'
        and (companies.status = 'active' or companies.status_date is not null)

),

cohorts as (

    select
        cohort_year,
        coalesce(section_id, '-') as section_id,
        {%- for age in ages %}
        {%- set birthday = 'cast(' ~ dbt.dateadd('year', age, 'opened_date') ~ ' as date)' %}
        count(case when {{ birthday }} <= cast(extracted_at as date) then 1 end)
            as observed_{{ age }},
        count(
            case
                when
                    {{ birthday }} <= cast(extracted_at as date)
                    and (ended_date is null or ended_date > {{ birthday }})
                    then 1
            end
        ) as surviving_{{ age }}{{ ',' if not loop.last }}
        {%- endfor %}
    from companies
    group by 1, 2

),

aged as (
    {% for age in ages %}
    select
        cohort_year,
        section_id,
        {{ age }} as age_years,
        observed_{{ age }} as company_count,
        surviving_{{ age }} as surviving_count
    from cohorts
    where observed_{{ age }} > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    {{ surrogate_key(['cohort_year', 'section_id', 'age_years']) }} as survival_key,
    cohort_year,
    section_id,
    age_years,
    company_count,
    surviving_count,
    {{ share_of('surviving_count', 'company_count') }} as surviving_share

from aged
