-- What percentage of companies was still active 1, 2, 3 and 5 years after they opened?
select
    cohort_year,
    sum(case when age_years = 1 then company_count end) as companies,
    floor(
        100.0 * sum(case when age_years = 1 then surviving_count end)
        / sum(case when age_years = 1 then company_count end)
    ) as after_1_year,
    floor(
        100.0 * sum(case when age_years = 2 then surviving_count end)
        / sum(case when age_years = 2 then company_count end)
    ) as after_2_years,
    floor(
        100.0 * sum(case when age_years = 3 then surviving_count end)
        / sum(case when age_years = 3 then company_count end)
    ) as after_3_years,
    floor(
        100.0 * sum(case when age_years = 5 then surviving_count end)
        / sum(case when age_years = 5 then company_count end)
    ) as after_5_years
from marts.company_survival
group by cohort_year
order by cohort_year desc
limit 10
