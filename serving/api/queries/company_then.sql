-- What was known of an establishment on a day: its status, of which alone there is a history.
select
    (select max(cast(extracted_at as date)) from registry_releases) as as_of,
    row_to_json(answer) as body
from (
    select
        cast(%(day)s as date) as known_on,
        cnpj,
        company_id,
        is_headquarters,
        not is_deleted as is_published,
        status_id,
        status,
        status_date,
        status_reason_id,
        status_reason_name,
        special_status,
        special_status_date,
        cast(valid_from as date) as shown_from_date,
        cast(nullif(valid_to, '9999-12-31') as date) as shown_until_date
    from company_status_history
    where cnpj = %(cnpj)s and valid_from <= %(day)s and valid_to > %(day)s
) as answer
