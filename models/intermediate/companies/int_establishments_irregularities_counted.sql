{%- set conditions = {
    'alphanumeric_cnpjs': matches('cnpj', '.*[A-Z].*'),
    'c1_bytes': '(' ~ [
        has_c1_characters('trade_name'),
        has_c1_characters('street'),
        has_c1_characters('complement'),
    ] | join(' or ') ~ ')',
    'embedded_newlines': "(trade_name like '%\n%' or complement like '%\n%')",
    'embedded_semicolons': "complement like '%;%'",
    'doubled_quotes': "complement like '%\"%'",
    'complement_blocks': 'length(complement) > 32 and '
        ~ matches('complement', complement_blocks_pattern()),
    'complement_lists': matches('complement', complement_list_pattern()),
    'ordinal_street_types': matches('street_type', '[0-9]+A .+'),
    'invalid_postal_codes': 'length(postal_code) <> 8 or not ' ~ matches('postal_code', '[0-9]+'),
    'orphan_reasons': 'status_reason_id not in (
        select status_reason_id from ' ~ ref('stg_cnpj__status_reasons') ~ '
    )',
    'orphan_countries': 'country_id not in (
        select country_id from ' ~ ref('stg_cnpj__countries') ~ '
    )',
} -%}
{%- do conditions.update(
    date_irregularities(['status_date', 'opened_date', 'special_status_date'])
) -%}

{{ count_irregularities(ref('stg_cnpj__establishments'), conditions) }}
