{%- set text = dbt.type_string() -%}

-- companies are named once per use, or PostgreSQL would write them all down first
with out_of_order as (

    select
        company_id,
        'status_' || status as rule_id,
        status || coalesce(' since ' || cast(status_date as {{ text }}), '') as evidence
    from {{ ref('dim_company') }}
    where status in ('void', 'suspended', 'unfit', 'closed')

),

special as (

    select
        companies.company_id,
        'special_status' as rule_id,
        establishments.special_status
        || coalesce(' since ' || cast(establishments.special_status_date as {{ text }}), '')
            as evidence
    from {{ ref('dim_establishment') }} as establishments
    inner join {{ ref('dim_company') }} as companies
        on
            establishments.company_id = companies.company_id
            and establishments.cnpj = companies.headquarters_cnpj
    where
        establishments.special_status is not null
        and {{ is_not_ended('companies.status') }}

),

reactivated as (

    select
        companies.company_id,
        'recently_reactivated' as rule_id,
        'was ' || max(transitions.from_status) || ' until '
        || cast(max(transitions.changed_date) as {{ text }}) as evidence
    from {{ ref('company_status_transitions') }} as transitions
    inner join {{ ref('dim_company') }} as companies
        on
            transitions.company_id = companies.company_id
            and transitions.cnpj = companies.headquarters_cnpj
    where
        transitions.to_status = 'active'
        and transitions.from_status <> 'unpublished'
        and companies.status = 'active'
        and transitions.changed_date
        > cast({{ dbt.dateadd('day', -365, 'companies.extracted_at') }} as date)
    group by companies.company_id

),

signals as (

    select * from out_of_order
    union all
    select * from special
    union all
    select * from reactivated

)

select
    company_id,
    rule_id,
    evidence,
    cast(1 as bigint) as evidence_count

from signals
