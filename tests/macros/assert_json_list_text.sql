-- Literal rows: words, objects with and without the key, and nothing.
with given as (

    select
        '["b", "a", null]' as words,
        'b, a' as expected_words,
        '[{"name": "B"}, {"id": 1}, {"name": "A"}]' as objects,
        'B > A' as expected_names
    union all
    select
        '["São \"2\""]' as words,
        'São "2"' as expected_words,
        '[{"name": null}]' as objects,
        null as expected_names
    union all
    select
        '[]' as words,
        null as expected_words,
        null as objects,
        null as expected_names

),

parsed as (

    select
        expected_words,
        expected_names,
        cast(words as {{ column_type('json') }}) as words,
        cast(objects as {{ column_type('json') }}) as objects
    from given

)

select *
from parsed
where
    {{ json_list_text('words') }} is distinct from expected_words
    or {{ json_list_text('objects', 'name', ' > ') }} is distinct from expected_names
