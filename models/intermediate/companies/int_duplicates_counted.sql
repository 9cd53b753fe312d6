{%- set repeated = {
    'duplicate_companies': ref('int_companies_repeated'),
    'duplicate_establishments': ref('int_establishments_repeated'),
    'duplicate_partners': ref('int_partners_repeated'),
    'duplicate_simples': ref('int_simples_options_repeated'),
} -%}
{%- for irregularity, relation in repeated.items() %}
select
    '{{ irregularity }}' as irregularity,
    coalesce(sum(copy_count - 1), 0) as row_count
from {{ relation }}
{{ 'union all' if not loop.last }}
{%- endfor %}
