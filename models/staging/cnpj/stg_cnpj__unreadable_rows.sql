select
    -- ids
    cast(cnpj as {{ dbt.type_string() }}) as row_key,

    -- text
    tabela as source_table

from {{ source('cnpj', 'unreadable_rows') }}
