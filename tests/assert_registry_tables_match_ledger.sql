-- The tables of the registry hold exactly the rows the ledger says were loaded.
{%- set tables = [
    'empresas', 'estabelecimentos', 'socios', 'simples', 'cnaes', 'motivos', 'municipios',
    'naturezas', 'paises', 'qualificacoes'
] %}
with loaded as (

    select
        ledger.resource,
        sum(ledger.loaded_rows) as row_count
    from {{ ref('stg_ops__ledger_entries') }} as ledger
    inner join {{ ref('stg_cnpj__releases') }} as releases on ledger.load_id = releases.load_id
    where ledger.source = 'cnpj'
    group by ledger.resource

),

found as (
    {% for table in tables %}
    select
        '{{ table }}' as resource,
        count(*) as row_count
    from {{ source('cnpj', table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    found.resource,
    loaded.row_count as loaded_rows,
    found.row_count as found_rows
from found
left join loaded on found.resource = loaded.resource
where found.row_count <> coalesce(loaded.row_count, 0)
