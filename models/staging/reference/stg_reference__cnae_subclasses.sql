select
    -- ids
    id as cnae_id,
    classe_id as class_id,
    grupo_id as group_id,
    divisao_id as division_id,
    secao_id as section_id,

    -- text
    descricao as cnae_name,
    classe_descricao as class_name,
    grupo_descricao as group_name,
    divisao_descricao as division_name,
    secao_descricao as section_name

from {{ source('reference', 'subclasses') }}
