select
    -- ids
    cast(month as {{ dbt.type_string() }}) as release_month,
    load_id,

    -- booleans
    is_partial,

    -- times
    cast(extraction_date as timestamp) as extracted_at

from {{ source('cnpj', 'releases') }}
