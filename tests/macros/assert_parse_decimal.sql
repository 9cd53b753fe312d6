-- Literal rows: amounts with a decimal comma, and texts that are none.
with given as (

    select '120000000000,00' as written, cast(120000000000 as decimal(18, 2)) as expected
    union all select '1061004829,23' as written, cast(1061004829.23 as decimal(18, 2)) as expected
    union all select '0,00' as written, cast(0 as decimal(18, 2)) as expected
    union all select '-5,5' as written, cast(-5.5 as decimal(18, 2)) as expected
    union all select '7' as written, cast(7 as decimal(18, 2)) as expected
    union all select '1.000,00' as written, cast(null as decimal(18, 2)) as expected
    union all select '-999999999999999,99' as written, cast(-999999999999999.99 as decimal(18, 2)) as expected
    union all select '9999999999999999' as written, cast(9999999999999999 as decimal(18, 2)) as expected
    union all select '10000000000000000,00' as written, cast(null as decimal(18, 2)) as expected
    union all select '1,000' as written, cast(null as decimal(18, 2)) as expected
    union all select '' as written, cast(null as decimal(18, 2)) as expected
    union all select 'mil' as written, cast(null as decimal(18, 2)) as expected

)

select *
from given
where {{ parse_decimal('written') }} is distinct from expected
