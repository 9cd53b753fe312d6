-- Literal rows: odd cents, one row, nothing to share, weights of 0, and an amount below 0.
with given as (

    select 'odd' as basket, 1 as place, 10.00 as amount, 1 as weight, 3.33 as expected
    union all select 'odd' as basket, 2 as place, 10.00 as amount, 1 as weight, 3.33 as expected
    union all select 'odd' as basket, 3 as place, 10.00 as amount, 1 as weight, 3.34 as expected
    union all select 'one' as basket, 1 as place, 12.35 as amount, 7990 as weight, 12.35 as expected
    union all select 'none' as basket, 1 as place, 0.00 as amount, 5 as weight, 0.00 as expected
    union all select 'none' as basket, 2 as place, 0.00 as amount, 6 as weight, 0.00 as expected
    union all select 'few' as basket, 1 as place, 0.01 as amount, 9999 as weight, 0.00 as expected
    union all select 'few' as basket, 2 as place, 0.01 as amount, 1 as weight, 0.01 as expected
    union all select 'free' as basket, 1 as place, 4.01 as amount, 0 as weight, 0.00 as expected
    union all select 'free' as basket, 2 as place, 4.01 as amount, 5 as weight, 4.01 as expected
    union all select 'back' as basket, 1 as place, -1.00 as amount, 1 as weight, -0.33 as expected
    union all select 'back' as basket, 2 as place, -1.00 as amount, 2 as weight, -0.67 as expected

),

allocated as (

    select
        expected,
        {{ allocated_amount('amount', 'weight', 'basket', 'place') }} as amount
    from given

)

select *
from allocated
where amount is distinct from cast(expected as decimal(18, 2))
