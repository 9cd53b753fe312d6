{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{{ repeated_rows(
    ref('stg_cnpj__companies'),
    'company_id',
    ['capital_amount', 'legal_name', 'legal_nature_id', 'size_id', 'responsible_qualification_id',
     'federative_entity']
) }}
