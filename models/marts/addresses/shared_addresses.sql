with addresses as (

    select * from {{ ref('establishment_addresses') }}

),

establishments as (

    select * from {{ ref('dim_establishment') }}

),

-- buildings that are no single company's; of most, nothing more has to be looked up
crowded as (

    select address_key
    from {{ ref('establishment_addresses') }}
    where address_key is not null
    group by address_key
    having min(company_id) <> max(company_id)

),

occupied as materialized (

    select
        addresses.address_key,
        addresses.unit_key,
        addresses.unit_text,
        addresses.company_id,
        substring(establishments.main_cnae_id, 1, 2) as division_id,
        establishments.opened_date
    from crowded
    inner join addresses on crowded.address_key = addresses.address_key
    inner join establishments on addresses.cnpj = establishments.cnpj
    where establishments.status_id = '02'

),

units as (

    select
        unit_key,
        min(address_key) as address_key,
        min(unit_text) as unit_text,
        count(distinct company_id) as active_company_count,
        count(*) as establishment_count,
        count(distinct division_id) as division_count
    from occupied
    group by unit_key
    having min(company_id) <> max(company_id)

),

busiest_days as (

    select
        unit_key,
        max(company_count) as company_count
    from (
        select
            unit_key,
            count(distinct company_id) as company_count
        from occupied
        where opened_date is not null
        group by unit_key, opened_date
    ) as days
    group by unit_key

),

buildings as (

    select
        address_key,
        count(distinct company_id) as company_count,
        count(distinct unit_key) as unit_count
    from occupied
    group by address_key

)

select
    units.unit_key,
    units.address_key,
    units.unit_text,
    units.active_company_count,
    units.establishment_count,
    units.division_count,
    coalesce(busiest_days.company_count, 0) as largest_same_day_count,
    buildings.company_count as building_active_company_count,
    buildings.unit_count as building_unit_count,
    units.active_company_count >= {{ var('virtual_office_companies') }}
    and units.division_count >= {{ var('virtual_office_divisions') }} as is_virtual_office

from units
inner join buildings on units.address_key = buildings.address_key
left join busiest_days on units.unit_key = busiest_days.unit_key
