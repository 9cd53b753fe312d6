{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

-- documents are masked, so two people may share all that identifies them: they are numbered
{%- set rest = [
    'age_band_id', 'representative_document', 'representative_name',
    'representative_qualification_id', 'country_id'
] %}
with repeated as materialized (

    select identity_key
    from {{ ref('stg_cnpj__partners') }}
    group by identity_key
    having count(*) > 1

)

select distinct
    partners.*,
    count(*) over (
        partition by partners.identity_key, {{ rest | join(', ') }}
    ) as copy_count,
    dense_rank() over (
        partition by partners.identity_key order by {{ rest | join(' nulls last, ') }} nulls last
    ) as copy_number
from {{ ref('stg_cnpj__partners') }} as partners
inner join repeated on partners.identity_key = repeated.identity_key
