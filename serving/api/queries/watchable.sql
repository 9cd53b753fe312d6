-- Whether there is such a product or listing, and such a context of its prices; and what time the
-- newest of them speak of.
select
    exists (
        select 1 from dim_product
        where product_id = %(product_id)s or item_id = %(item_id)s
    )
    or exists (
        select 1 from dim_catalog_product where catalog_product_id = %(product_id)s
    )
    or exists (
        select 1 from price_series where item_id = %(item_id)s
    ) as is_known_subject,
    %(context)s::text is null
    or exists (
        select 1 from price_series where context = %(context)s
    ) as is_known_context,
    (select as_of from source_freshness where source = 'mercadolivre') as watched_from
