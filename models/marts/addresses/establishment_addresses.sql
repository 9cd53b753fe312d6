with located as (

    select * from {{ ref('int_establishments_located') }}

),

-- what tells one building from another in a street; without anything, addresses are not held as one
placed as (

    select
        *,
        case
            when uf = 'EX' or municipality_id is null or street is null then null
            when street_number is not null then street_number
            when city_block is not null and lot is not null then city_block || ' ' || lot
            when kilometre is not null then 'KM ' || kilometre
        end as place
    from located

),

keyed as (

    select
        *,
        case when place is not null then {{ surrogate_key(
            ['municipality_id', 'street_type', 'street', 'place', 'left(postal_code, 5)']
        ) }} end as address_key
    from placed

)

select
    cnpj,
    company_id,
    address_key,
    case when address_key is not null then {{ surrogate_key(['address_key', 'unit_text']) }} end
        as unit_key,

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

from keyed
