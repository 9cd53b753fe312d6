{%- set conditions = {
    'orphan_partner_countries': 'country_id not in (
        select country_id from ' ~ ref('stg_cnpj__countries') ~ '
    )',
} -%}
{%- do conditions.update(date_irregularities(['entry_date'])) -%}

{{ count_irregularities(ref('stg_cnpj__partners'), conditions) }}
