with cnaes as (

    select * from {{ ref('int_cnaes_classified') }}

)

select
    cnae_id,
    cnae_name,
    class_id,
    class_name,
    group_id,
    group_name,
    division_id,
    division_name,
    section_id,
    section_name,
    is_retired

from cnaes
