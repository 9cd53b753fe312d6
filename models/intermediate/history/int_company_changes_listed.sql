{%- set values = {
    'renamed': 'legal_name',
    'legal_nature_changed': 'legal_nature_id',
    'size_changed': 'size_id',
    'capital_changed': 'capital_amount',
} -%}

with versions as (

    select *
    from {{ ref('int_companies_compared') }}
    where is_shown and was_shown

)

{% for kind, column in values.items() %}
select
    company_id,
    cast(null as {{ dbt.type_string() }}) as cnpj,
    cast(null as {{ dbt.type_string() }}) as partner_key,
    '{{ kind }}' as change_kind,
    cast({{ column }}_before as {{ dbt.type_string() }}) as before_value,
    cast({{ column }} as {{ dbt.type_string() }}) as after_value,
    observed_date as changed_date,
    observed_date
from versions
where {{ column }} is distinct from {{ column }}_before
{{ 'union all' if not loop.last }}
{% endfor %}
