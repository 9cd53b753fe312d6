-- Literal rows: what is a day and what only looks like one.
with given as (

    select '20240229' as written, cast('2024-02-29' as date) as expected
    union all select '20000229' as written, cast('2000-02-29' as date) as expected
    union all select '19960731' as written, cast('1996-07-31' as date) as expected
    union all select '18081012' as written, cast('1808-10-12' as date) as expected
    union all select '19000229' as written, cast(null as date) as expected
    union all select '20230229' as written, cast(null as date) as expected
    union all select '20230231' as written, cast(null as date) as expected
    union all select '20230431' as written, cast(null as date) as expected
    union all select '20231301' as written, cast(null as date) as expected
    union all select '20230100' as written, cast(null as date) as expected
    union all select '2021221' as written, cast(null as date) as expected
    union all select '41000101' as written, cast(null as date) as expected
    union all select '02020101' as written, cast(null as date) as expected
    union all select '00000000' as written, cast(null as date) as expected
    union all select '0' as written, cast(null as date) as expected
    union all select '' as written, cast(null as date) as expected
    union all select '20240101 ' as written, cast(null as date) as expected

)

select
    given.written,
    given.expected,
    days.calendar_date
from given
left join {{ ref('stg_calendar__days') }} as days on given.written = days.day_text
where days.calendar_date is distinct from given.expected
