-- Which sellers belong to a company that is not active?
select
    sellers.seller_id,
    sellers.nickname,
    sellers.cnpj,
    companies.legal_name,
    companies.status,
    companies.status_date
from marts.dim_seller as sellers
inner join marts.dim_company as companies on sellers.company_id = companies.company_id
where sellers.is_current and companies.status <> 'active'
order by companies.status_date desc, sellers.seller_id asc
