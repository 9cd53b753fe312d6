select
    -- ids
    codigo as qualification_id,

    -- text; a code listed twice must not double the rows that carry it
    max(descricao) as qualification_name

from {{ source('cnpj', 'qualificacoes') }}
group by codigo
