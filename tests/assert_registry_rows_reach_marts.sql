-- As many rows as the ledger says were loaded, copies taken off, are in the marts.
-- depends_on: {{ ref('int_duplicates_counted') }}
{%- set marts = {
    'empresas': ref('dim_company'),
    'estabelecimentos': ref('dim_establishment'),
    'socios': ref('company_partners'),
    'simples': ref('int_simples_options_cleaned'),
} %}
with counted as (
    {% for resource, mart in marts.items() %}
    select
        '{{ resource }}' as resource,
        (select count(*) from {{ mart }}) as mart_rows
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

loaded as (

    select
        ledger.resource,
        sum(ledger.loaded_rows) as loaded_rows
    from {{ ref('stg_ops__ledger_entries') }} as ledger
    inner join {{ ref('stg_cnpj__releases') }} as releases on ledger.load_id = releases.load_id
    group by ledger.resource

)

select
    counted.resource,
    counted.mart_rows,
    loaded.loaded_rows
from counted
left join loaded on counted.resource = loaded.resource
where counted.mart_rows <> coalesce(loaded.loaded_rows, 0)
