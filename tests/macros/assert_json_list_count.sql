-- Literal rows: some elements, none, and no list at all.
with given as (

    select '["a", {"b": [1, 2]}, null]' as written, 3 as expected
    union all select '[]' as written, 0 as expected
    union all select '{"a": 1}' as written, null as expected
    union all select null as written, null as expected

),

parsed as (

    select
        expected,
        cast(written as {{ column_type('json') }}) as elements
    from given

)

select *
from parsed
where {{ json_list_count('elements') }} is distinct from expected
