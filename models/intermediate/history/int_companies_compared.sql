{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{{ compared_versions(
    ref('company_snapshot'),
    'company_id',
    ['legal_name', 'legal_nature_id', 'size_id', 'capital_amount'],
) }}
