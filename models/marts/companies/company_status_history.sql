with versions as (

    select * from {{ ref('company_status_snapshot') }}

),

statuses as (

    select * from {{ ref('registration_statuses') }}

),

status_reasons as (

    select * from {{ ref('stg_cnpj__status_reasons') }}

)

select
    versions.dbt_scd_id as status_version_key,
    versions.cnpj,
    versions.company_id,
    versions.is_headquarters,
    versions.status_id,
    statuses.status,
    versions.status_date,
    versions.status_reason_id,
    status_reasons.status_reason_name,
    versions.special_status,
    versions.special_status_date,
    versions.dbt_valid_from as valid_from,
    versions.dbt_valid_to as valid_to,
    versions.dbt_valid_to = cast('9999-12-31' as timestamp) as is_current,
    versions.dbt_is_deleted = 'True' as is_deleted

from versions
left join statuses on versions.status_id = statuses.status_id
left join status_reasons on versions.status_reason_id = status_reasons.status_reason_id
where not {{ never_held(ref('company_status_snapshot'), 'cnpj', 'versions') }}
