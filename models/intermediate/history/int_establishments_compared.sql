{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{{ compared_versions(
    ref('establishment_snapshot'),
    'cnpj',
    ['trade_name', 'main_cnae_id', 'municipality_id', 'postal_code', 'street', 'street_number',
     'complement'],
    kept=['company_id', 'opened_date'],
) }}
