-- Which changes of status were seen between releases, and after how long?
select
    observed_date,
    from_status,
    to_status,
    count(*) as establishments,
    round(avg(days_in_from_status)) as mean_days_before
from marts.company_status_transitions
group by observed_date, from_status, to_status
order by observed_date asc, establishments desc, from_status asc, to_status asc
