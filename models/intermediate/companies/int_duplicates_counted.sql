-- a table, since to build it is to post it
{{ config(materialized='table', post_hook="{{ record_duplicates(this) }}") }}

{%- set repeated = {
    'empresas': ('duplicate_companies', ref('int_companies_repeated')),
    'estabelecimentos': ('duplicate_establishments', ref('int_establishments_repeated')),
    'socios': ('duplicate_partners', ref('int_partners_repeated')),
    'simples': ('duplicate_simples', ref('int_simples_options_repeated')),
} -%}
{%- for resource, (irregularity, relation) in repeated.items() %}
select
    '{{ resource }}' as resource,
    '{{ irregularity }}' as irregularity,
    cast(coalesce(sum(copy_count - 1), 0) as bigint) as row_count
from {{ relation }}
{{ 'union all' if not loop.last }}
{%- endfor %}
