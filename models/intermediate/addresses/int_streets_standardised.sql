{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

with streets as (

    select
        coalesce(street_type, '') || '|' || street as street_text,
        street_type,
        street
    from {{ ref('stg_cnpj__establishments') }}
    where street is not null
    group by street_type, street

),

words as (

    select * from {{ ref('street_words') }}

),

-- `10A RUA` is a wrong expansion in the Receita's own list of types
plain as materialized (

    select
        street_text,
        {{ replace_pattern(plain_capitals('street_type'), '^[0-9]+[AO] ', '') }} as street_type,
        {{ replace_pattern(
            replace_pattern(plain_capitals('street'), '([A-Z])([0-9])', '\\1 \\2'),
            '(^| )0+([0-9])', '\\1\\2'
        ) }} as street
    from streets

),

-- a type that the street repeats, or that stands in it alone
untyped as materialized (

    select
        plain.street_text,
        coalesce(plain.street_type, words.standard_word) as street_type,
        case
            when
                plain.street like '% %'
                and (
                    words.standard_word = coalesce(plain.street_type, words.standard_word)
                    or split_part(plain.street, ' ', 1) = plain.street_type
                )
                then substring(plain.street, length(split_part(plain.street, ' ', 1)) + 2)
            else plain.street
        end as street
    from plain
    left join words on split_part(plain.street, ' ', 1) = words.word and words.kind = 'type'

),

expanded as materialized (

    select
        untyped.street_text,
        untyped.street_type,
        coalesce(
            words.standard_word || substring(untyped.street, length(words.word) + 1), untyped.street
        ) as street
    from untyped
    left join words
        on
            split_part(untyped.street, ' ', 1) = words.word
            and untyped.street like '% %'
            and (
                words.kind = 'title'
                or (words.kind = 'day' and split_part(untyped.street, ' ', 2) = 'DE')
            )

)

select
    street_text,
    street_type,
    nullif({{ replace_pattern('street', ' KM [0-9].*$', '') }}, '') as street,
    case
        when {{ matches('street', '.* KM [0-9].*') }}
            then rtrim(
                {{ replace_pattern('street', '^.* KM ([0-9]+)(?: ([0-9]+))?.*$', '\\1.\\2') }}, '.'
            )
    end as kilometre

from expanded
