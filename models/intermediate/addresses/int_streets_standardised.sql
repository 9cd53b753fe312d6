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

-- `10A RUA` is a wrong expansion of the Receita's own list of types
plain as (

    select
        street_text,
        nullif(trim({{ replace_pattern(plain_capitals('street_type'), '^[0-9]+[AO] | +', ' ') }}, ' '), '')
            as street_type,
        {{ replace_pattern(plain_capitals('street'), '([A-Z])([0-9])', '\\1 \\2') }} as street
    from streets

),

spaced as materialized (

    select
        street_text,
        street_type,
        trim({{ replace_pattern(
            replace_pattern('street', ' +', ' '), '(^| )0+([0-9])', '\\1\\2'
        ) }}, ' ') as street
    from plain

),

-- a type that the street repeats, or that stands in it alone
untyped as materialized (

    select
        spaced.street_text,
        coalesce(spaced.street_type, words.standard_word) as street_type,
        case
            when
                spaced.street like '% %'
                and (
                    words.standard_word = coalesce(spaced.street_type, words.standard_word)
                    or split_part(spaced.street, ' ', 1) = spaced.street_type
                )
                then substring(spaced.street, length(split_part(spaced.street, ' ', 1)) + 2)
            else spaced.street
        end as street
    from spaced
    left join words on split_part(spaced.street, ' ', 1) = words.word and words.kind = 'type'

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
            then rtrim({{ replace_pattern('street', '^.* KM ([0-9]+)(?: ([0-9]+))?.*$', '\\1.\\2') }}, '.')
    end as kilometre

from expanded
