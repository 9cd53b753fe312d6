select
    -- ids
    cast(cnpj as {{ dbt.type_string() }}) as cnpj,

    -- text
    tabela as source_table

from {{ source('cnpj', 'unreadable_rows') }}
