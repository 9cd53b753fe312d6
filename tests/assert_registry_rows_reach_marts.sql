-- Every row loaded is in its mart, or repeats a key that is.
{%- set pairs = {
    'duplicate_companies': (ref('stg_cnpj__companies'), ref('dim_company')),
    'duplicate_establishments': (ref('stg_cnpj__establishments'), ref('dim_establishment')),
    'duplicate_partners': (ref('stg_cnpj__partners'), ref('company_partners')),
    'duplicate_simples': (
        ref('stg_cnpj__simples_options'), ref('int_simples_options_cleaned')
    ),
} %}
with counted as (
    {% for irregularity, (staged, mart) in pairs.items() %}
    select
        '{{ irregularity }}' as irregularity,
        (select count(*) from {{ staged }}) as staged_rows,
        (select count(*) from {{ mart }}) as mart_rows
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    counted.irregularity,
    counted.staged_rows,
    counted.mart_rows,
    quality.occurrence_count as surplus_rows
from counted
inner join {{ ref('registry_quality') }} as quality on counted.irregularity = quality.irregularity
where counted.staged_rows <> counted.mart_rows + quality.occurrence_count
