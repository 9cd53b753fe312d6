{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

with complements as (

    select * from {{ ref('int_complements_formed') }}

),

spread as materialized (

    select
        complement,
        complement_form,
        case
            when complement_form = 'blocks' then {{ cut_blocks('complement') }}
            else complement
        end as units
    from complements

),

plain as materialized (

    select
        complement,
        complement_form,
        {{ plain_capitals('units') }} as units
    from spread

)

select
    complement,
    complement_form,
    -- one word for one thing, letters apart from digits, and a floor's number behind it
    {{ replace_pattern(
        replace_pattern(
            "replace(replace(replace(
            units, 'CAIXA POSTAL', 'CXPST'), 'SUB SOLO', 'SUBSOLO'), 'SOBRE LOJA', 'SOBRELOJA')",
            '([A-Z]{2})([0-9])', '\\1 \\2'
        ),
        '(^|[0-9] )([0-9]{1,2})[AO]? (ANDAR|AND|PISO|PAV|PAVIMENTO)( [A-Z]|$)', '\\1ANDAR \\2\\4'
    ) }} as units

from plain
