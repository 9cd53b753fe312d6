-- Sellers as they are now.
select
    json_build_array(seller.seller_id) as key,
    row_to_json(element) as element
from dim_seller as seller
left join dim_company as company on seller.company_id = company.company_id
left join seller_clusters as clustered on seller.seller_id = clustered.seller_id
cross join lateral (
    select
        seller.seller_id,
        seller.nickname,
        seller.user_type,
        seller.uf,
        seller.city_name,
        seller.reputation_level_id,
        seller.power_seller_status,
        seller.official_store_id,
        seller.site_status,
        seller.is_own,
        seller.is_deleted,
        seller.registered_at at time zone 'utc' as registered_at,
        seller.cnpj,
        seller.company_id,
        company.legal_name,
        company.status as company_status,
        clustered.cluster_id
) as element
where seller.is_current and {filters}
order by seller.seller_id
limit %(limit)s
