{%- set families = [
    'status', 'age', 'capital', 'address', 'contact', 'partner', 'ownership', 'registration',
    'turnover'
] -%}

with companies as (

    select * from {{ ref('dim_company') }}

),

rules as (

    select * from {{ ref('risk_rules') }}

),

signals as (
    {% for family in families %}
    select * from {{ ref(family ~ '_signals') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

weighed as (

    select
        signals.*,
        rules.family,
        rules.severity,
        rules.version as rule_version,
        case when companies.is_mei then rules.mei_points else rules.points end as points,
        cast(companies.extracted_at as date) as as_of
    from signals
    inner join rules on signals.rule_id = rules.rule_id
    inner join companies on signals.company_id = companies.company_id

)

select
    {{ surrogate_key(['company_id', 'rule_id']) }} as flag_key,
    company_id,
    rule_id,
    family,
    severity,
    points,
    evidence,
    evidence_count,
    rule_version,
    as_of

from weighed
where points is not null
