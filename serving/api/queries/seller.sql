-- A seller: who it was, whose company it is, and with whom it is possibly one operator.
select
    (select cast(as_of as date) from source_freshness where source = 'mercadolivre') as as_of,
    row_to_json(answer) as body
from dim_seller as seller
left join dim_company as company on seller.company_id = company.company_id
left join company_risk as risk on seller.company_id = risk.company_id
left join seller_clusters as clustered on seller.seller_id = clustered.seller_id
cross join lateral (
    select
        {columns},
        risk.score as company_risk_score,
        risk.risk_level as company_risk_level,
        array_to_json(array(
            select row_to_json(found) from (
                select
                    valid_from at time zone 'utc' as valid_from,
                    nullif(valid_to, '9999-12-31') at time zone 'utc' as valid_to,
                    nickname,
                    uf,
                    city_name,
                    reputation_level_id,
                    power_seller_status,
                    site_status,
                    is_deleted
                from dim_seller
                where seller_id = seller.seller_id
                order by dim_seller.valid_from
            ) as found
        )) as versions,
        case when clustered.seller_id is not null then (
            select row_to_json(found) from (
                select
                    clustered.link_count,
                    clustered.best_score,
                    clustered.is_too_large,
                    clustered.is_disputed,
                    array_to_json(array(
                        select row_to_json(member) from (
                            select
                                seller_id,
                                nickname
                            from seller_clusters
                            where
                                cluster_id = clustered.cluster_id
                                and seller_id <> seller.seller_id
                            order by seller_id
                        ) as member
                    )) as others
            ) as found
        ) end as possibly_same_operator
) as answer
where seller.seller_id = %(seller_id)s and seller.is_current
