-- a table, so that all of a build reads up to one batch, whatever is loaded meanwhile
{{ config(materialized='table') }}

{%- set observed = [
    'stg_mercadolivre__price_observations',
    'stg_mercadolivre__sale_price_observations',
    'stg_mercadolivre__stock_observations',
    'stg_mercadolivre__product_observations',
    'stg_mercadolivre__offer_observations',
] %}

with batches as (

    {%- for model in observed %}
    select max(batch_id) as batch_id from {{ ref(model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select coalesce(max(batch_id), '') as batch_id

from batches
