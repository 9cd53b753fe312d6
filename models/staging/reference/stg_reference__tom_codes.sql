select
    -- ids; the publisher's spreadsheets have lost zeros before
    lpad(codigo_siafi, 4, '0') as municipality_id,
    codigo_ibge as ibge_municipality_id,

    -- text
    nome as municipality_name,
    uf

from {{ source('reference', 'tabmun') }}
