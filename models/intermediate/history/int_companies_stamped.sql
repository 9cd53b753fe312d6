{{ stamped_rows(
    ref('int_companies_cleaned'),
    published=ref('stg_cnpj__companies'),
    snapshot='company_snapshot',
    key='company_id',
    columns=['company_id', 'legal_name', 'legal_nature_id', 'size_id', 'capital_amount'],
    damaged=is_damaged('company_id', 'empresas'),
) }}
