{{ stamped_rows(
    ref('int_partners_cleaned'),
    published=ref('int_partners_cleaned'),
    snapshot='partner_snapshot',
    key='partner_key',
    columns=[
        'partner_key', 'company_id', 'partner_kind_id', 'partner_document', 'partner_name',
        'qualification_id', 'entry_date',
    ],
    damaged=is_damaged('company_id', 'socios'),
) }}
