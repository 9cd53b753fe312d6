-- Which rows could not be loaded, and why? (operations)
select
    source,
    resource,
    error_class,
    error_message,
    sum(occurrences) as occurrences,
    min(location) as first_location
from marts.dead_letters
where status = 'open'
group by source, resource, error_class, error_message
order by occurrences desc, resource asc, error_class asc, error_message asc
