{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{{ repeated_rows(
    ref('stg_cnpj__simples_options'),
    'company_id',
    ['simples_since_date_text', 'simples_until_date_text', 'mei_since_date_text',
     'mei_until_date_text', 'is_simples', 'is_mei']
) }}
