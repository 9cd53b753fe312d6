-- Grows by a row a release, and outlives a full refresh as the snapshot does.
{{ config(
    materialized='incremental',
    unique_key='extracted_at',
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    full_refresh=false,
) }}
-- depends_on: {{ ref('company_status_snapshot') }}

with releases as (

    select * from {{ ref('stg_cnpj__releases') }}

)

select
    extracted_at,
    release_month,
    is_partial

from releases
