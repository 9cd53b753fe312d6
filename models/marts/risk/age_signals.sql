with companies as (

    select * from {{ ref('dim_company') }}

)

select
    company_id,
    'young_company' as rule_id,
    concat('opened on ', opened_date) as evidence,
    cast(
        {{ dbt.datediff('opened_date', 'extracted_at', 'day') }} as bigint -- noqa: LT05
    ) as evidence_count

from companies
where
    {{ is_not_ended('status') }}
    and opened_date > cast({{ dbt.dateadd('day', -183, 'extracted_at') }} as date)
