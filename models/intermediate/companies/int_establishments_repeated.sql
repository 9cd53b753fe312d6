{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{{ repeated_rows(
    ref('stg_cnpj__establishments'),
    'cnpj',
    ['status_date desc', 'status_date_text', 'status_id', 'status_reason_id', 'is_headquarters',
     'trade_name', 'special_status', 'special_status_date_text', 'opened_date_text', 'main_cnae_id',
     'secondary_cnae_ids', 'municipality_id', 'country_id', 'foreign_city', 'uf', 'postal_code',
     'street_type', 'street', 'street_number', 'complement', 'district', 'phone_1_area', 'phone_1',
     'phone_2_area', 'phone_2', 'fax_area', 'fax', 'email']
) }}
