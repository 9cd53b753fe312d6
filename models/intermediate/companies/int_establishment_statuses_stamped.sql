{#-
    What a release could not show (a damaged row, a missing file) is unseen, not gone: it is carried
    over from the history. The snapshot reads this model, so a ref() back to it would be a cycle.
-#}
{%- set history = adapter.get_relation(
    database=target.database, schema='snapshots', identifier='company_status_snapshot'
) if execute -%}
{%- set columns = [
    'cnpj', 'company_id', 'is_headquarters', 'status_id', 'status_date', 'status_reason_id',
    'special_status', 'special_status_date'
] -%}

-- depends_on: {{ ref('stg_cnpj__establishments') }}

with establishments as (

    select * from {{ ref('int_establishments_cleaned') }}

),

releases as (

    select * from {{ ref('stg_cnpj__releases') }}

),

unreadable_rows as ( -- noqa: ST03

    select * from {{ ref('stg_cnpj__unreadable_rows') }}

),

shown as (

    select {{ columns | join(', ') }}
    from establishments

),
{% if history %}
-- of a complete release only what was damaged; a partial one is held against all of the history
unseen as (
    {% for condition in [
        'cnpj in (select cnpj from unreadable_rows) and not (select is_partial from releases)',
        '(select is_partial from releases)',
    ] %}
    select {{ columns | join(', ') }}
    from {{ history }}
    where
        dbt_valid_to = cast('9999-12-31' as timestamp)
        and dbt_is_deleted = 'False'
        and {{ condition }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

carried_over as (

    select unseen.*
    from unseen
    -- the rows as published: their number is known to the planner, that of the cleaned ones is not
    left join {{ ref('stg_cnpj__establishments') }} as published on unseen.cnpj = published.cnpj
    where published.cnpj is null

),
{% endif %}
stamped as (

    select * from shown
    {% if history %}
    union all
    select * from carried_over
    {% endif %}

)

select
    stamped.*,
    releases.extracted_at

from stamped
cross join releases
