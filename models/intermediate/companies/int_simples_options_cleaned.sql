{{ deduplicate(
    ref('stg_cnpj__simples_options'), ref('int_simples_options_repeated'), 'company_id'
) }}
