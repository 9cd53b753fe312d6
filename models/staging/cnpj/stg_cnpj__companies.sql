select
    -- ids
    cnpj_basico as company_id,
    natureza_juridica as legal_nature_id,
    qualificacao_responsavel as responsible_qualification_id,
    porte as size_id,

    -- text
    razao_social as legal_name,
    ente_federativo_responsavel as federative_entity,

    -- numbers
    {{ parse_decimal('capital_social') }} as capital_amount

from {{ source('cnpj', 'empresas') }}
