{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{{ compared_versions(
    ref('simples_snapshot'),
    'company_id',
    ['is_simples', 'simples_since_date', 'simples_until_date', 'is_mei', 'mei_since_date',
     'mei_until_date'],
) }}
