{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{{ compared_versions(
    ref('partner_snapshot'),
    'partner_key',
    [],
    kept=['company_id', 'partner_kind_id', 'partner_document', 'partner_name', 'entry_date'],
) }}
