-- Literal rows: area codes with zeros, old landlines, mobiles without their 9, and junk.
with given as (

    select '11' as area, '33224455' as number, '1133224455' as expected
    union all select '011' as area, '33224455' as number, '1133224455' as expected
    union all select '0021' as area, '3224455' as number, '2133224455' as expected
    union all select '47' as area, '88776655' as number, '47988776655' as expected
    union all select '47' as area, '988776655' as number, '47988776655' as expected
    union all select '47' as area, '888776655' as number, null as expected
    union all select '20' as area, '33224455' as number, null as expected
    union all select '0' as area, '33224455' as number, null as expected
    union all select null as area, '33224455' as number, null as expected
    union all select '11' as area, '99999999' as number, null as expected
    union all select '11' as area, '12345678' as number, null as expected
    union all select '11' as area, '13224455' as number, null as expected
    union all select '11' as area, '322445' as number, null as expected
    union all select '11' as area, '3322-445' as number, null as expected
    union all select '11' as area, null as number, null as expected

)

select *
from given
where {{ standard_phone('area', 'number') }} is distinct from expected
