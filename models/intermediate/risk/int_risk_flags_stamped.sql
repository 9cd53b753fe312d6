{{ stamped_rows(
    ref('company_risk_flags'),
    published=ref('company_risk_flags'),
    snapshot='risk_flag_snapshot',
    key='flag_key',
    columns=['flag_key', 'company_id', 'rule_id', 'points', 'rule_version'],
    damaged='company_id in (
        select substring(row_key, 1, 8) from ' ~ ref('stg_cnpj__unreadable_rows') ~ '
    )',
) }}
