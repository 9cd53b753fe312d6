-- Literal rows: one name written in many ways, near misses, and names of nothing but shop words.
with given as (

    select 'Mundo Tácuri' as written, 'MUNDOTACURI' as expected
    union all select 'MUNDO.TACURI.OFICIAL' as written, 'MUNDOTACURI' as expected
    union all select 'MUND0_TACUR1' as written, 'MUNDOTACURI' as expected
    union all select 'LOJAS MUNDOTACURI BR' as written, 'MUNDOTACURI' as expected
    union all select 'MUNDOTACURISTORE0FICIAL' as written, 'MUNDOTACURI' as expected
    union all select 'TACURI MUNDO' as written, 'TACURIMUNDO' as expected
    union all select 'BRUNA' as written, 'BRUNA' as expected
    union all select 'ANA 2021' as written, 'ANA2O2I' as expected
    union all select 'Loja Oficial' as written, 'LOJAOFICIAL' as expected
    union all select 'LOJA AB' as written, 'LOJAAB' as expected
    union all select '...' as written, '' as expected
    union all select null as written, null as expected

)

select *
from given
where {{ nickname_key('written') }} is distinct from expected
