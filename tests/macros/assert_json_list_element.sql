-- Literal rows: the first, the last but one, and lists that are too short.
with given as (

    select
        '[{"id": "A"}, {"id": "B"}, {"id": "C"}]' as objects,
        'A' as expected_root,
        'B' as expected_parent,
        '["x", "y"]' as words,
        'x' as expected_word
    union all
    select
        '[{"id": "A"}]' as objects,
        'A' as expected_root,
        null as expected_parent,
        '[null]' as words,
        null as expected_word
    union all
    select
        '[{"name": "A"}]' as objects,
        null as expected_root,
        null as expected_parent,
        '[]' as words,
        null as expected_word
    union all
    select
        null as objects,
        null as expected_root,
        null as expected_parent,
        null as words,
        null as expected_word

),

parsed as (

    select
        expected_root,
        expected_parent,
        expected_word,
        cast(objects as {{ column_type('json') }}) as objects,
        cast(words as {{ column_type('json') }}) as words
    from given

)

select *
from parsed
where
    {{ json_list_element('objects', 0, 'id') }} is distinct from expected_root
    or {{ json_list_element('objects', -2, 'id') }} is distinct from expected_parent
    or {{ json_list_element('words', 0) }} is distinct from expected_word
