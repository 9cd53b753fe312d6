{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{%- set types = address_unit_types() -%}
{%- set code = '(?:[A-Z0-9]*[0-9][A-Z0-9]*|[A-Z])' -%}
{%- set codes = code ~ '(?: ' ~ code ~ ')*' -%}
with elements as (

    select
        complements.complement,
        complements.complement_form,
        positions.generated_number as position,
        trim(split_part(
            complements.list, ';', cast(positions.generated_number as int)
        ), ' ') as element
    from {{ ref('int_complements_segmented') }} as complements
    inner join ({{ dbt.generate_series(32) }}) as positions
        on complements.element_count >= positions.generated_number

),

types as (

    select *
    from (
        values
        {%- for unit, own_value, words in types %}
        {%- for word in words.split() %}
        ('{{ word }}', '{{ unit }}', '{{ own_value }}'),
        {%- endfor %}
        {%- endfor %}
        ('', null, '')
    ) as listed (word, unit, own_value)
    where unit is not null

),

typed as (

    select
        elements.complement,
        elements.complement_form,
        elements.position,
        types.unit,
        types.own_value,
        replace(ltrim(case
            when types.word is null then elements.element
            else substring(elements.element, length(types.word) + 1)
        end, ' '), '  ', ' ') as words
    from elements
    left join types on split_part(elements.element, ' ', 1) = types.word

),

-- the value is those of the words that look like codes, as far as they come first, or else a name;
-- without a type, codes are a unit of some kind, and a name is none
valued as materialized (

    select
        *,
        case
            when unit is null and not {{ matches('words', codes) }} then ''
            when words like '% %' then {{ replace_pattern('words', '^(' ~ codes ~ ')( .*)?$', '\\1') }}
            else words
        end as value
    from typed

)

select
    complement,
    complement_form,
    position,
    coalesce(unit, 'other_unit') as unit,
    nullif(nullif(trim(
        coalesce(own_value, '') || ' '
        || {{ replace_pattern('value', '^(?:([0-9]+) ([A-Z])|([A-Z]) ([0-9]+))$', '\\1\\2\\3\\4') }},
        ' '
    ), ''), '0') as value,
    nullif(ltrim(substring(words, length(value) + 1), ' '), '') as unread

from valued
