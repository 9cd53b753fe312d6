{{ count_irregularities(ref('stg_cnpj__companies'), {
    'empty_names': 'legal_name is null',
    'cpf_in_name': matches('legal_name', '.*[0-9]{11}'),
    'root_in_name': matches('legal_name', '[0-9]{2}[.][0-9]{3}[.][0-9]{3} .*'),
    'placeholder_capital': 'capital_amount = 999999999999.00',
    'negative_capital': 'capital_amount < 0',
    'orphan_qualifications': 'responsible_qualification_id not in (
        select qualification_id from ' ~ ref('stg_cnpj__qualifications') ~ '
    )',
}) }}
