{%- set values = {'trade_name_changed': 'trade_name', 'activity_changed': 'main_cnae_id'} -%}

with versions as (

    select
        *,
        concat_ws(', ', street, street_number, postal_code, municipality_id) as place,
        concat_ws(
            ', ', street_before, street_number_before, postal_code_before, municipality_id_before
        ) as place_before
    from {{ ref('int_establishments_compared') }}

),

kept as (

    select *
    from versions
    where is_shown and was_shown

)

select
    company_id,
    cnpj,
    cast(null as {{ dbt.type_string() }}) as partner_key,
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
    company_id,
    cnpj,
    cast(null as {{ dbt.type_string() }}) as partner_key,
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
    company_id,
    cnpj,
    cast(null as {{ dbt.type_string() }}) as partner_key,
    'moved' as change_kind,
    place_before as before_value,
    place as after_value,
    observed_date as changed_date,
    observed_date
from kept
where place <> place_before
union all
select
    company_id,
    cnpj,
    cast(null as {{ dbt.type_string() }}) as partner_key,
    'address_amended' as change_kind,
    complement_before as before_value,
    complement as after_value,
    observed_date as changed_date,
    observed_date
from kept
where place = place_before and complement is distinct from complement_before
