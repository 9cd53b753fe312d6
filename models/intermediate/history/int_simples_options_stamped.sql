{{ stamped_rows(
    ref('int_simples_options_cleaned'),
    published=ref('stg_cnpj__simples_options'),
    snapshot='simples_snapshot',
    key='company_id',
    columns=[
        'company_id', 'is_simples', 'simples_since_date', 'simples_until_date', 'is_mei',
        'mei_since_date', 'mei_until_date',
    ],
    damaged=is_damaged('company_id', 'simples'),
) }}
