with companies as (

    select * from {{ ref('dim_company') }}

)

select
    company_id,
    'young_company' as rule_id,
    'opened on ' || cast(opened_date as {{ dbt.type_string() }}) as evidence,
    cast({{ dbt.datediff('opened_date', 'extracted_at', 'day') }} as bigint) as evidence_count

from companies
where
    status not in ('void', 'closed')
    and opened_date > cast({{ dbt.dateadd('day', -183, 'extracted_at') }} as date)
