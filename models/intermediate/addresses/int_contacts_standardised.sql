select
    cnpj,
    company_id,
    {{ standard_phone('phone_1_area', 'phone_1') }} as phone_1,
    {{ standard_phone('phone_2_area', 'phone_2') }} as phone_2,
    {{ standard_phone('fax_area', 'fax') }} as fax,
    {{ standard_email('email') }} as email

from {{ ref('int_establishments_resolved') }}
