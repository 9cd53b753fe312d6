-- Literal rows: accents, signs, numbers of thousands, and signs of no ASCII.
with given as (

    select 'Av. São João, 1.302 - 2º' as written, 'AV SAO JOAO 1302 2' as expected
    union all select '  QD.10/LT-17;' as written, 'QD 10 LT 17' as expected
    union all select 'KM 25.5' as written, 'KM 25 5' as expected
    union all select 'SALA 2–B' as written, 'SALA 2 B' as expected
    union all select '...' as written, '' as expected
    union all select null as written, null as expected

)

select *
from given
where {{ plain_capitals('written') }} is distinct from expected
