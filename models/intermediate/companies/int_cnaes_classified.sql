with cnaes as (

    select * from {{ ref('stg_cnpj__cnaes') }}

),

subclasses as (

    select * from {{ ref('stg_reference__cnae_subclasses') }}

),

classes as (

    select
        class_id,
        max(class_name) as class_name
    from subclasses
    group by class_id

),

-- A retired activity may have been the last of its class. By the division alone nothing is placed:
-- 8888888, no activity told, is not among those of 88.
groups as (

    select
        group_id,
        max(group_name) as group_name,
        max(division_id) as division_id,
        max(division_name) as division_name,
        max(section_id) as section_id,
        max(section_name) as section_name
    from subclasses
    group by group_id

),

counted as (

    select count(*) as subclass_count from subclasses

)

select
    cnaes.cnae_id,
    cnaes.cnae_name,
    classes.class_id,
    classes.class_name,
    groups.group_id,
    groups.group_name,
    groups.division_id,
    groups.division_name,
    groups.section_id,
    groups.section_name,
    -- where IBGE's were never loaded, it is not known
    case when counted.subclass_count > 0 then subclasses.cnae_id is null end as is_retired

from cnaes
cross join counted
left join subclasses on cnaes.cnae_id = subclasses.cnae_id
left join classes on substring(cnaes.cnae_id, 1, 5) = classes.class_id
left join groups on substring(cnaes.cnae_id, 1, 3) = groups.group_id
