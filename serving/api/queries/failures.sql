-- What could not be taken, newest first.
select
    json_build_array(cast(letters.first_seen_at as text), letters.dead_letter_key) as key,
    row_to_json(element) as element
from dead_letters as letters
cross join lateral (
    select
        letters.dead_letter_key,
        letters.source,
        letters.resource,
        letters.stage,
        letters.status,
        letters.error_class,
        letters.error_message,
        letters.http_status,
        letters.location,
        letters.occurrences,
        letters.attempts,
        letters.load_id,
        letters.first_seen_at at time zone 'utc' as first_seen_at,
        letters.last_seen_at at time zone 'utc' as last_seen_at
) as element
where {filters}
order by letters.first_seen_at desc, letters.dead_letter_key desc
limit %(limit)s
