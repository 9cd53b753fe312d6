with ufs as (

    select * from {{ ref('ufs') }}

)

select
    uf,
    'BR-' || uf as state_id,
    uf_name,
    region

from ufs
