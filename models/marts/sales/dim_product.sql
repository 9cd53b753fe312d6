with versions as (

    select * from {{ ref('product_snapshot') }}
    -- what changed without an update of the listing replaces the version it changed
    where dbt_valid_from < dbt_valid_to

),

births as (

    select
        product_id,
        min(valid_from) as valid_from
    from {{ ref('product_identity') }}
    group by product_id

),

dated as (

    select
        *,
        lag(dbt_valid_from) over (partition by product_id order by dbt_valid_from) as earlier_from,
        lead(dbt_valid_from) over (partition by product_id order by dbt_valid_from) as later_from
    from versions

)

select
    dated.dbt_scd_id as product_key,
    dated.product_id,
    dated.seller_id,
    dated.item_id,
    dated.variation_id,
    dated.user_product_id,
    dated.family_id,
    dated.catalog_product_id,
    dated.seller_sku,
    dated.title,
    dated.variation_name,
    dated.category_id,
    dated.brand_name,
    dated.condition,
    dated.listing_type_id,
    dated.logistic_type,
    dated.has_free_shipping,
    dated.is_catalog_listing,
    dated.status,
    dated.list_price_amount,
    dated.currency_id,
    case
        when dated.earlier_from is null then least(births.valid_from, dated.dbt_valid_from)
        else dated.dbt_valid_from
    end as valid_from,
    least(dated.dbt_valid_to, dated.later_from) as valid_to,
    dated.dbt_valid_to = cast('9999-12-31' as timestamp) as is_current,
    dated.dbt_is_deleted = 'True' or dated.is_listing_deleted as is_deleted

from dated
left join births on dated.product_id = births.product_id
