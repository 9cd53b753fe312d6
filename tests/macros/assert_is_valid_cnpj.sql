-- Literal rows: the official alphanumeric example, real public ones, and near misses.
with given as (

    select '12ABC34501DE35' as cnpj, true as expected
    union all select '00000000E08G12' as cnpj, true as expected
    union all select '00000000000191' as cnpj, true as expected
    union all select '33683111000280' as cnpj, true as expected
    union all select '12ABC34501DE34' as cnpj, false as expected
    union all select '00000000000190' as cnpj, false as expected
    union all select '12abc34501de35' as cnpj, false as expected
    union all select '0000000000019' as cnpj, false as expected
    union all select '000000000001911' as cnpj, false as expected
    union all select '' as cnpj, false as expected

)

select *
from given
where {{ is_valid_cnpj('cnpj') }} <> expected
