-- Literal rows: both sides of midnight at -03:00, and at -02:00 while there was summer time.
with given as (

    select '2026-05-02 02:59:59' as utc_time, '2026-05-01' as expected
    union all select '2026-05-02 03:00:00' as utc_time, '2026-05-02' as expected
    union all select '2026-05-02 00:00:00' as utc_time, '2026-05-01' as expected
    union all select '2027-01-01 02:30:00' as utc_time, '2026-12-31' as expected
    union all select '2018-12-01 01:59:59' as utc_time, '2018-11-30' as expected
    union all select '2018-12-01 02:00:00' as utc_time, '2018-12-01' as expected
    union all select null as utc_time, null as expected

),

converted as (

    select
        cast(expected as date) as expected,
        cast(utc_time as timestamp) as utc_time
    from given

)

select *
from converted
where {{ local_date('utc_time') }} is distinct from expected
