select
    -- ids
    codigo as legal_nature_id,

    -- text; a code listed twice must not double the rows that carry it
    max(descricao) as legal_nature_name

from {{ source('cnpj', 'naturezas') }}
group by codigo
