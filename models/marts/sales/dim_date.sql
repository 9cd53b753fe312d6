{%- set weekdays = [
    'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'
] -%}
{%- set months = [
    'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September',
    'October', 'November', 'December'
] -%}

with spine as (

    {{ dbt.date_spine('day', "cast('2000-01-01' as date)", "cast('2041-01-01' as date)") }}

),

days as (

    select
        cast(date_day as date) as calendar_date,
        cast(extract(year from date_day) as int) as calendar_year,
        cast(extract(quarter from date_day) as int) as quarter_number,
        cast(extract(month from date_day) as int) as month_number,
        cast(extract(day from date_day) as int) as day_number,
        cast(extract(isodow from date_day) as int) as iso_weekday_number
    from spine

)

select
    calendar_date,
    calendar_year,
    quarter_number,
    month_number,
    case month_number
        {%- for month in months %}
        when {{ loop.index }} then '{{ month }}'
        {%- endfor %}
    end as month_name,
    cast(date_trunc('month', calendar_date) as date) as month_start_date,
    day_number,
    -- the week begins on Sunday: segunda-feira is the second day
    mod(iso_weekday_number, 7) + 1 as weekday_number,
    case iso_weekday_number
        {%- for weekday in weekdays %}
        when {{ loop.index }} then '{{ weekday }}'
        {%- endfor %}
    end as weekday_name,
    iso_weekday_number >= 6 as is_weekend

from days
