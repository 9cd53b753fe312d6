-- What do the active establishments of São Paulo (7107) do most?
select
    main_cnae_id,
    main_cnae_name,
    count(*) as active_establishments
from marts.dim_establishment
where municipality_id = '7107' and status = 'active'
group by main_cnae_id, main_cnae_name
order by active_establishments desc, main_cnae_id asc
limit 10
