-- The establishment that is asked for, or a root's newest headquarters, and since when it was shown.
select
    cnpj,
    cast(min(valid_from) as date) as observed_date
from company_status_history
where
    cnpj = coalesce(%(cnpj)s, (
        select cnpj
        from company_status_history
        where cnpj between %(company_id)s || '00000000' and %(company_id)s || 'ZZZZZZZZ'
        order by is_headquarters desc, valid_from desc, cnpj
        limit 1
    ))
group by cnpj
