{#- Columns are named before the copies are resolved: then no engine computes the others. -#}
{%- set columns = [
    'cnpj', 'company_id', 'municipality_id', 'street_type', 'street', 'street_number', 'complement',
    'district', 'postal_code', 'uf', 'phone_1_area', 'phone_1', 'phone_2_area', 'phone_2',
    'fax_area', 'fax', 'email'
] | join(', ') -%}
with published as (

    select {{ columns }}
    from {{ ref('stg_cnpj__establishments') }}

),

repeated as (

    select
        {{ columns }},
        copy_count,
        copy_number
    from {{ ref('int_establishments_repeated') }}

),

copies as (

    {{ deduplicate('published', 'repeated', 'cnpj') }}

)

select {{ columns }}
from copies
