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

)

select
    establishments.cnpj,
    establishments.company_id,
    establishments.street_type as street_type_text,
    {{ clean_text('establishments.district') }} as district,
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
