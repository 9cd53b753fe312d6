-- How many companies are there by status, in the ten states with most of them?
select
    uf,
    count(*) as companies,
    sum(case when status = 'active' then 1 else 0 end) as active,
    sum(case when status = 'closed' then 1 else 0 end) as closed,
    sum(case when status = 'unfit' then 1 else 0 end) as unfit,
    sum(case when status = 'suspended' then 1 else 0 end) as suspended
from marts.dim_company
where uf is not null
group by uf
order by companies desc, uf asc
limit 10
