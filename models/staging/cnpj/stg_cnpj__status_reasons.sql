select
    -- ids
    codigo as status_reason_id,

    -- text; a code listed twice must not double the rows that carry it
    max(descricao) as status_reason_name

from {{ source('cnpj', 'motivos') }}
group by codigo
