-- Who newly opened in the last release, by activity and city, beside how many there are?
with openings as (

    select
        cnpj,
        changed_date
    from marts.company_changes
    where
        change_kind = 'opened'
        and observed_date = (
            select max(cast(releases.extracted_at as date))
            from marts.registry_releases as releases
        )

),

markets as (

    select
        establishments.municipality_id,
        establishments.main_cnae_id,
        count(*) as active_establishments,
        count(openings.cnpj) as newly_opened,
        max(openings.changed_date) as newest_opened_date
    from marts.dim_establishment as establishments
    left join openings on establishments.cnpj = openings.cnpj
    where establishments.status = 'active'
    group by establishments.municipality_id, establishments.main_cnae_id

)

select
    municipalities.municipality_name,
    municipalities.uf,
    cnaes.cnae_name,
    markets.newly_opened,
    markets.active_establishments,
    markets.newest_opened_date
from markets
left join marts.dim_municipality as municipalities
    on markets.municipality_id = municipalities.municipality_id
left join marts.dim_cnae as cnaes on markets.main_cnae_id = cnaes.cnae_id
where markets.newly_opened > 0
order by
    markets.newly_opened desc, markets.active_establishments desc,
    markets.municipality_id asc, markets.main_cnae_id asc
limit 10
