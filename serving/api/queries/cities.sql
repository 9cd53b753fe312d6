-- Municipalities of a name; IBGE and the registry spell a few differently.
select
    municipality_id,
    municipality_name,
    uf
from dim_municipality
where
    (plain_name = %(plain_name)s or registry_name = %(registry_name)s)
    and (%(uf)s::text is null or uf = %(uf)s)
order by uf
limit 30
