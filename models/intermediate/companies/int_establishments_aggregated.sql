with establishments as (

    select * from {{ ref('int_establishments_cleaned') }}

)

select
    company_id,
    max(case when is_headquarters then cnpj end) as headquarters_cnpj,
    count(*) as establishment_count,
    count(case when status_id = '02' then 1 end) as active_establishment_count,
    count(distinct uf) as uf_count

from establishments
group by company_id
