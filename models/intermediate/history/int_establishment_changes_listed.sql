{%- set values = {'trade_name_changed': 'trade_name', 'activity_changed': 'main_cnae_id'} -%}
{%- set place = ['street', 'street_number', 'postal_code', 'municipality_id'] -%}

with versions as (

    select
        *,
        {%- for suffix in ['', '_before'] %}
        concat_ws(
            ', ', {% for column in place %}{{ column ~ suffix }}{{ ', ' if not loop.last }}{% endfor %}
        ) as place{{ suffix }},
        {%- endfor %}
        {%- for column in place %}
        {{ column }} is distinct from {{ column }}_before {{ 'or' if not loop.last }}
        {%- endfor %} as is_elsewhere
    from {{ ref('int_establishments_compared') }}

),

kept as (

    select *
    from versions
    where is_shown and was_shown

)

select
    cnpj,
    company_id,
    'opened' as change_kind,
    cast(null as {{ dbt.type_string() }}) as before_value,
    place as after_value,
    case when opened_date <= observed_date then opened_date else observed_date end as changed_date,
    observed_date
from versions
where is_new
{% for kind, column in values.items() %}
union all
select
    cnpj,
    company_id,
    '{{ kind }}' as change_kind,
    {{ column }}_before as before_value,
    {{ column }} as after_value,
    observed_date as changed_date,
    observed_date
from kept
where {{ column }} is distinct from {{ column }}_before
{% endfor %}
union all
select
    cnpj,
    company_id,
    case when is_elsewhere then 'moved' else 'address_amended' end as change_kind,
    case when is_elsewhere then place_before else complement_before end as before_value,
    case when is_elsewhere then place else complement end as after_value,
    observed_date as changed_date,
    observed_date
from kept
where is_elsewhere or complement is distinct from complement_before
