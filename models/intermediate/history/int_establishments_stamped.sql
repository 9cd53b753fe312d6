{{ stamped_rows(
    ref('int_establishments_cleaned'),
    published=ref('stg_cnpj__establishments'),
    snapshot='establishment_snapshot',
    key='cnpj',
    columns=[
        'cnpj', 'company_id', 'opened_date', 'trade_name', 'main_cnae_id', 'municipality_id',
        'postal_code', 'street', 'street_number', 'complement',
    ],
    damaged=is_damaged('cnpj', 'estabelecimentos'),
) }}
