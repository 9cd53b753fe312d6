-- Literal rows: parts that end, that do not, none, and parts of nothing.
with given as (

    select 1 as part, 4 as whole, cast(0.25 as decimal(9, 4)) as expected
    union all select 2 as part, 3 as whole, cast(0.6666 as decimal(9, 4)) as expected
    union all select 1 as part, 30000 as whole, cast(0 as decimal(9, 4)) as expected
    union all select 7 as part, 7 as whole, cast(1 as decimal(9, 4)) as expected
    union all select 0 as part, 7 as whole, cast(0 as decimal(9, 4)) as expected
    union all select 0 as part, 0 as whole, cast(null as decimal(9, 4)) as expected
    union all select null as part, 7 as whole, cast(null as decimal(9, 4)) as expected

)

select *
from given
where {{ share_of('part', 'whole') }} is distinct from expected
