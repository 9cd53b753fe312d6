with standardised as materialized (

    select * from {{ ref('int_contacts_standardised') }}

)

select
    cnpj,
    phone_1,
    phone_2,
    fax,
    email

from standardised
where coalesce(phone_1, phone_2, fax, email) is not null
