{%- set key = ['municipality_id', 'street_type', 'street', 'place', 'left(postal_code, 5)'] -%}
with establishments as (

    select * from {{ ref('int_establishments_resolved') }}

),

streets as (

    select * from {{ ref('int_streets_standardised') }}

),

numbers as (

    select * from {{ ref('int_street_numbers_standardised') }}

),

complements as (

    select * from {{ ref('int_complements_parsed') }}

),

located as (

    select
        establishments.cnpj,
        establishments.company_id,
        establishments.street_type as street_type_text,
        establishments.district,
        establishments.municipality_id,
        establishments.uf,
        streets.street_type,
        -- a long number that the street ends with, too
        case
            when
                length(numbers.street_number) > 2
                and length(streets.street) > length(numbers.street_number) + 4
                and right(streets.street, length(numbers.street_number) + 1)
                = ' ' || numbers.street_number
                then left(streets.street, length(streets.street) - length(numbers.street_number) - 1)
            else streets.street
        end as street,
        numbers.street_number,
        coalesce(numbers.is_without_number, false) as is_without_number,
        coalesce(numbers.kilometre, streets.kilometre, complements.kilometre) as kilometre,
        {{ standard_postal_code('establishments.postal_code', 'establishments.uf') }} as postal_code,
        complements.complement_form,
        {%- for unit in address_units() %}
        complements.{{ unit }},
        {%- endfor %}
        complements.complement_rest,
        complements.unit_text
    from establishments
    left join streets
        on
            coalesce(establishments.street_type, '') || '|' || establishments.street
            = streets.street_text
    left join numbers on establishments.street_number = numbers.street_number_text
    left join complements on establishments.complement = complements.complement

),

-- what tells one building from another in a street; without anything, addresses are not held as one
identified as (

    select
        *,
        case
            when uf = 'EX' or municipality_id is null or street is null then null
            when street_number is not null then street_number
            when city_block is not null and lot is not null then city_block || ' ' || lot
            when kilometre is not null then 'KM ' || kilometre
        end as place
    from located

)

select
    cnpj,
    company_id,
    case when place is not null then {{ surrogate_key(key) }} end as address_key,
    case when place is not null then {{ surrogate_key(key + ['unit_text']) }} end as unit_key,

    street_type,
    street_type_text,
    street,
    street_number,
    is_without_number,
    kilometre,

    {%- for unit in address_units() %}
    {{ unit }},
    {%- endfor %}
    complement_rest,
    complement_form,
    unit_text,

    district,
    postal_code,
    municipality_id,
    uf

from identified
