select
    -- ids
    codigo as cnae_id,

    -- text; a code listed twice must not double the rows that carry it
    max(descricao) as cnae_name

from {{ source('cnpj', 'cnaes') }}
group by codigo
