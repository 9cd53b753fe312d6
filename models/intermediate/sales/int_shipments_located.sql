with shipments as (

    select * from {{ ref('stg_mercadolivre__shipments') }}

)

select
    shipment_id,
    case
        when {{ matches('state_id', 'BR-[A-Z]{2}') }} then substring(state_id, 4, 2)
    end as uf,
    city_name,
    postal_code_prefix

from shipments
