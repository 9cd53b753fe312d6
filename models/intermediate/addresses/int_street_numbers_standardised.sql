{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

with numbers as (

    select distinct street_number
    from {{ ref('stg_cnpj__establishments') }}
    where street_number is not null

),

plain as (

    select
        street_number as street_number_text,
        {{ replace_pattern(plain_capitals('street_number'), '(^| )0+([0-9])', '\\1\\2') }}
            as street_number
    from numbers

),

told_apart as (

    select
        street_number_text,
        street_number,
        {{ matches('street_number', '(S ?N[RO]?|N ?S|SEM( N.*)?|0( 0)*)?') }} as is_without_number,
        {{ matches('street_number', 'KM ?[0-9]+( [0-9]+)?') }} as is_kilometre
    from plain

)

select
    street_number_text,
    is_without_number,
    -- `14-45` is house 45 of block 14; `285 A` and `285-A` are one
    case
        when not is_without_number and not is_kilometre
            then replace(
                {{ replace_pattern('street_number', '([0-9]) ([0-9])', '\\1-\\2') }}, ' ', ''
            )
    end as street_number,
    case
        when is_kilometre
            then replace(replace(replace(street_number, 'KM ', ''), 'KM', ''), ' ', '.')
    end as kilometre

from told_apart
