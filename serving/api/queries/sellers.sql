-- Sellers as they are now.
select
    json_build_array(seller.seller_id) as key,
    row_to_json(element) as element
from dim_seller as seller
left join dim_company as company on seller.company_id = company.company_id
left join seller_clusters as clustered on seller.seller_id = clustered.seller_id
cross join lateral (
    select
        {columns}
) as element
where seller.is_current and {filters}
order by seller.seller_id
limit %(limit)s
