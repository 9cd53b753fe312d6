-- Literal rows: one instant in several zones, and none.
with given as (

    select '2026-05-01 23:59:59.25-04:00' as instant, '2026-05-02 03:59:59.25' as expected
    union all select '2026-05-02 03:59:59.25+00:00' as instant, '2026-05-02 03:59:59.25' as expected
    union all select '2026-05-02 00:59:59.25-03:00' as instant, '2026-05-02 03:59:59.25' as expected
    union all select '2018-12-01 00:30:00-02:00' as instant, '2018-12-01 02:30:00' as expected
    union all select null as instant, null as expected

),

converted as (

    select
        cast(instant as timestamp with time zone) as instant,
        cast(expected as timestamp) as expected
    from given

)

select *
from converted
where {{ utc_timestamp('instant') }} is distinct from expected
