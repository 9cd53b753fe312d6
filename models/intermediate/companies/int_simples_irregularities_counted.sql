{{ count_irregularities(
    ref('stg_cnpj__simples_options'),
    date_irregularities([
        'simples_since_date', 'simples_until_date', 'mei_since_date', 'mei_until_date'
    ])
) }}
