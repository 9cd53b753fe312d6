{%- set options = ['simples', 'mei'] -%}

with companies as (

    select * from {{ ref('int_companies_continued') }}

),

-- a company that comes or goes takes its option along
versions as (

    select options.*
    from {{ ref('int_simples_options_compared') }} as options
    inner join companies
        on
            options.company_id = companies.company_id
            and options.observed_date = companies.observed_date

),

opted as (
    {% for option in options %}
    select
        company_id,
        '{{ option }}' as option,
        is_shown and coalesce(is_{{ option }}, false) as is_in,
        was_shown and coalesce(is_{{ option }}_before, false) as was_in,
        {{ option }}_since_date as since_date,
        {{ option }}_until_date as until_date,
        observed_date
    from versions
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

moved as (

    select
        *,
        case when is_in then since_date else until_date end as registered_date
    from opted
    where is_in <> was_in

)

select
    company_id,
    cast(null as {{ dbt.type_string() }}) as cnpj,
    cast(null as {{ dbt.type_string() }}) as partner_key,
    option || case when is_in then '_in' else '_out' end as change_kind,
    cast(null as {{ dbt.type_string() }}) as before_value,
    cast(null as {{ dbt.type_string() }}) as after_value,
    case when registered_date <= observed_date then registered_date else observed_date end
        as changed_date,
    observed_date

from moved
