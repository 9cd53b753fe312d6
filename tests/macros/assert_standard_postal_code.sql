-- Literal rows: CEPs, one that lost its zero, and what is none.
with given as (

    select '01310100' as postal_code, 'SP' as uf, '01310100' as expected
    union all select '1310100' as postal_code, 'SP' as uf, '01310100' as expected
    union all select '1310100' as postal_code, 'RJ' as uf, null as expected
    union all select '1310100' as postal_code, null as uf, null as expected
    union all select '0131010A' as postal_code, 'SP' as uf, null as expected
    union all select '00000000' as postal_code, 'EX' as uf, null as expected
    union all select '0' as postal_code, 'SP' as uf, null as expected
    union all select null as postal_code, 'SP' as uf, null as expected

)

select *
from given
where {{ standard_postal_code('postal_code', 'uf') }} is distinct from expected
