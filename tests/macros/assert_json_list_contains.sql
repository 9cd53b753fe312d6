-- Literal rows: a word among others, alone, part of one, and no list at all.
with given as (

    select '["a", "b"]' as written, true as expected
    union all select '["b"]' as written, true as expected
    union all select '["bb", "a b"]' as written, false as expected
    union all select '[]' as written, false as expected
    union all select null as written, null as expected

),

parsed as (

    select
        expected,
        cast(written as {{ column_type('json') }}) as words
    from given

)

select *
from parsed
where ({{ json_list_contains('words', 'b') }}) is distinct from expected
