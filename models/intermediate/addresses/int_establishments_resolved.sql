with copies as (

    {{ deduplicate(ref('stg_cnpj__establishments'), ref('int_establishments_repeated'), 'cnpj') }}

)

select
    cnpj,
    company_id,
    municipality_id,
    street_type,
    street,
    street_number,
    complement,
    {{ clean_text('district') }} as district,
    postal_code,
    uf,
    phone_1_area,
    phone_1,
    phone_2_area,
    phone_2,
    fax_area,
    fax,
    email

from copies
