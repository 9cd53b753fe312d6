{{ stamped_rows(
    ref('company_risk_flags'),
    published=ref('company_risk_flags'),
    snapshot='risk_flag_snapshot',
    key='flag_key',
    columns=['flag_key', 'company_id', 'rule_id', 'points', 'rule_version'],
) }}
