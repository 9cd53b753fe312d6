{%- set age = 'created_at, item_id, variation_id' -%}
{%- set sku = 'seller_id, distinct_seller_sku' -%}

with listings as (

    select * from {{ ref('int_listings_gathered') }}

),

linked as (

    select
        *,
        coalesce(
            first_user_product_id,
            case
                when distinct_seller_sku is not null
                    then {{ first_known('first_user_product_id', sku, age) }}
            end
        ) as thing_user_product_id
    from listings

),

things as (

    select
        *,
        case
            when thing_user_product_id is not null
                then {{ surrogate_key(["'user_product'", 'thing_user_product_id']) }}
            when distinct_seller_sku is not null
                then {{ surrogate_key(["'seller_sku'", 'seller_id', 'distinct_seller_sku']) }}
            else {{ surrogate_key(["'listing'", 'item_id', 'variation_id']) }}
        end as thing_key
    from linked

),

eldest as (

    select
        *,
        first_value(item_id) over (partition by thing_key order by {{ age }}) as eldest_item_id,
        first_value(variation_id) over (partition by thing_key order by {{ age }})
            as eldest_variation_id
    from things

)

select
    {{ surrogate_key(['eldest_item_id', 'eldest_variation_id']) }} as product_id,
    item_id,
    variation_id,
    seller_id,
    user_product_id,
    seller_sku,
    catalog_product_id,
    family_id,
    is_known,
    is_closed,
    is_from_migration,
    created_at,
    updated_at

from eldest
