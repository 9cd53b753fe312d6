select
    -- ids
    id as ibge_municipality_id,

    -- text
    nome as municipality_name,
    uf_sigla as uf

from {{ source('reference', 'municipios') }}
