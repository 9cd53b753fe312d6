select
    -- ids
    codigo as country_id,

    -- text; a code listed twice must not double the rows that carry it
    max(descricao) as country_name

from {{ source('cnpj', 'paises') }}
group by codigo
