{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{%- set words = (address_unit_types() | map(attribute=2) | join(' ')).split() | join('|') -%}
{%- set floor_number =
    '(^  |;  |[0-9]  )([0-9]{1,2})[AO]?  (ANDAR|AND|PISO|PAV|PAVIMENTO) ( [A-Z;]| ?$)'
-%}
with complements as (

    select * from {{ ref('int_complements_formed') }}

),

-- blocks of 26 characters, 6 of them a type; one without a type goes on with the one before it
listed as materialized (

    select
        complement,
        complement_form,
        case
            when complement_form = 'blocks'
                then
                    {%- for start in range(1, 157, 26) %}
                    case when substring(complement, {{ start }}, 6) = '      ' then ' ' else ';' end
                    || substring(complement, {{ start }}, 6) || ' '
                    || substring(complement, {{ start + 6 }}, 20) || ' '
                    {{- ' ||' if not loop.last }}
                    {%- endfor %}
            else complement
        end as list
    from complements

),

plain as (

    select
        complement,
        complement_form,
        replace(replace(replace(replace(
            {{ plain_capitals('list', ';') }},
            ';', ' ; '), 'CAIXA POSTAL', 'CXPST'), 'SUB SOLO', 'SUBSOLO'), 'SOBRE LOJA', 'SOBRELOJA'
        ) as list
    from listed

),

-- two blanks around every word: a pattern takes one of them, and leaves one to its neighbour
spaced as (

    select
        complement,
        complement_form,
        {{ replace_pattern("' ' || list || ' '", ' +', '  ') }} as list
    from plain

),

-- a semicolon before every word that names a unit: `1 ANDAR - CJ. 03` is `;ANDAR 1;CJ 3`
segmented as materialized (

    select
        complement,
        complement_form,
        {{ replace_pattern(
            replace_pattern(
                replace_pattern('list', floor_number, '\\1ANDAR  \\2 \\4'),
                ' (' ~ words ~ ')([0-9 ])', ' ;\\1 \\2'
            ),
            ' 0+([0-9])', ' \\1'
        ) }} as list
    from spaced

)

select
    complement,
    complement_form,
    list,
    length(list) - length(replace(list, ';', '')) + 1 as element_count

from segmented
