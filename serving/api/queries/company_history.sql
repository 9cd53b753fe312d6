-- The statuses of an establishment, and what changed of it or of its whole company.
with events as (

    select
        cast(history.valid_from as date) as observed_date,
        'status' as kind,
        history.status_version_key as event_key,
        row_to_json(version) as element
    from company_status_history as history
    cross join lateral (
        select
            'status' as kind,
            cast(history.valid_from as date) as observed_date,
            cast(nullif(history.valid_to, '9999-12-31') as date) as until_date,
            not history.is_deleted as is_published,
            history.is_headquarters,
            history.status_id,
            history.status,
            history.status_date,
            history.status_reason_id,
            history.status_reason_name,
            history.special_status,
            history.special_status_date
    ) as version
    where history.cnpj = %(cnpj)s

    union all

    select
        changes.observed_date,
        'change' as kind,
        changes.change_key as event_key,
        row_to_json(change) as element
    from company_changes as changes
    cross join lateral (
        select
            'change' as kind,
            changes.observed_date,
            changes.changed_date,
            changes.change_kind,
            changes.before_value,
            changes.after_value,
            changes.cnpj
    ) as change
    where changes.company_id = %(company_id)s and coalesce(changes.cnpj, %(cnpj)s) = %(cnpj)s

)

select
    json_build_array(observed_date, kind, event_key) as key,
    element
from events
where {filters}
order by observed_date, kind, event_key
limit %(limit)s
