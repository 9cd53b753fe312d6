{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{%- set code = '(?:[A-Z0-9]*[0-9][A-Z0-9]*|[A-Z])' -%}
{%- set codes = code ~ '(?: ' ~ code ~ ')*' -%}
{%- set letter_apart = '^(?:([0-9]+) ([A-Z])|([A-Z]) ([0-9]+))$' -%}
with types as (

    select * from {{ ref('address_unit_types') }}

),

words as (

    select
        complement,
        complement_form,
        generate_subscripts(string_to_array(units, ' '), 1) as position,
        unnest(string_to_array(units, ' ')) as word
    from {{ ref('int_complements_cleaned') }}
    where units <> ''

),

-- an element is a word that names a unit, and those that follow it
typed as (

    select
        words.complement,
        words.complement_form,
        words.position,
        words.word,
        types.unit,
        types.own_value,
        count(types.word) over (
            partition by words.complement order by words.position rows unbounded preceding
        ) as element
    from words
    left join types on words.word = types.word

),

elements as (

    select
        complement,
        complement_form,
        element,
        min(unit) as unit,
        min(own_value) as own_value,
        coalesce(string_agg(
            case
                when unit is not null then null
                when word like '0%' then coalesce(nullif(ltrim(word, '0'), ''), '0')
                else word
            end, ' ' order by position
        ), '') as words
    from typed
    group by complement, complement_form, element

),

-- the value is those of the words that look like codes, as far as they come first, or else a name;
-- without a type, codes are a unit of some kind, and a name is none
valued as materialized (

    select
        *,
        case
            when unit is null and not {{ matches('words', codes) }} then ''
            when words like '% %'
                then {{ replace_pattern('words', '^(' ~ codes ~ ')( .*)?$', '\\1') }}
            else words
        end as value
    from elements

)

select
    complement,
    complement_form,
    element,
    coalesce(unit, 'other_unit') as unit,
    nullif(nullif(trim(
        coalesce(own_value, '') || ' '
        || {{ replace_pattern('value', letter_apart, '\\1\\2\\3\\4') }},
        ' '
    ), ''), '0') as value,
    nullif(ltrim(substring(words, length(value) + 1), ' '), '') as unread

from valued
