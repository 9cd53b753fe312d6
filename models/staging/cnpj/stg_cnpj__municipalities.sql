select
    -- ids
    codigo as municipality_id,

    -- text; a code listed twice must not double the rows that carry it
    max(descricao) as municipality_name

from {{ source('cnpj', 'municipios') }}
group by codigo
