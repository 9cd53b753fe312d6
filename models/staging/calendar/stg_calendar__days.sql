{{ config(
    materialized='table',
    indexes=[{'columns': ['day_text'], 'unique': true}],
    post_hook='{{ analyze_table(this) }}',
) }}

with spine as (

    {{ dbt.date_spine('day', "cast('1800-01-01' as date)", "cast('2100-01-01' as date)") }}

)

select
    cast(date_day as date) as calendar_date,
    replace(cast(cast(date_day as date) as {{ dbt.type_string() }}), '-', '') as day_text

from spine
