{{ stamped_rows(
    ref('int_establishments_cleaned'),
    published=ref('stg_cnpj__establishments'),
    snapshot='company_status_snapshot',
    key='cnpj',
    columns=[
        'cnpj', 'company_id', 'is_headquarters', 'status_id', 'status_date', 'status_reason_id',
        'special_status', 'special_status_date',
    ],
    damaged=is_damaged('cnpj', 'estabelecimentos'),
) }}
