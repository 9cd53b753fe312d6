{%- set keys = [
    ('cnpj', 'cnpj', 'sellers'),
    ('nickname', 'nickname_key', 'sellers'),
    ('official_store', 'official_store_id', 'offers'),
    ('inventory', 'inventory_id', 'offers'),
    ('product', 'product_id', 'offers'),
    ('inventory', 'inventory_id', 'items'),
    ('picture', 'first_picture_id', 'items'),
] -%}

with sellers as (

    select * from {{ ref('int_sellers_profiled') }}

),

offers as (

    select * from {{ ref('stg_mercadolivre__offer_observations') }}

),

items as (

    select * from {{ ref('stg_mercadolivre__items') }}

),

parts as (

    select * from {{ ref('int_seller_nicknames_shredded') }}

),

collected as (

    {% for kind, column, relation in keys -%}
    select
        seller_id,
        '{{ kind }}' as key_kind,
        cast({{ column }} as {{ dbt.type_string() }}) as key_value
    from {{ relation }}
    union
    {% endfor -%}
    select
        seller_id,
        key_kind,
        key_value
    from parts

)

select
    seller_id,
    key_kind,
    key_value,
    count(*) over (partition by key_kind, key_value) as seller_count

from collected
where key_value <> ''
