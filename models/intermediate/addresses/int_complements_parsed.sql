{{ config(materialized='table', post_hook="{{ analyze_table(this) }}") }}

{%- set units = address_units() -%}
with elements as (

    select * from {{ ref('int_complement_elements_valued') }}

),

-- of several values of one unit the first and the last
pivoted as (

    select
        complement,
        complement_form,
        {%- for unit in units + ['kilometre'] %}
        {%- set value = "case when unit = '" ~ unit ~ "' then value end" %}
        min({{ value }})
        || case when min({{ value }}) < max({{ value }}) then ' ' || max({{ value }}) else '' end
            as {{ unit }},
        {%- endfor %}
        string_agg(unread, ' ' order by element) as complement_rest
    from elements
    group by complement, complement_form

)

select
    complement,
    complement_form,
    {%- for unit in units %}
    {{ unit }},
    {%- endfor %}
    case
        when {{ matches('kilometre', '[0-9].*') }}
            then rtrim(
                {{ replace_pattern('kilometre', '^([0-9]+)(?: ([0-9]+))?.*$', '\\1.\\2') }}, '.'
            )
    end as kilometre,
    complement_rest,
    -- neither a letter box nor a kilometre is a place where somebody works
    nullif(ltrim(
        {%- for unit in units if unit not in ['po_box', 'other_unit'] %}
        coalesce(' {{ unit | replace('_', ' ') }} ' || {{ unit }}, '') ||
        {%- endfor %}
        coalesce(' ' || other_unit, '') || coalesce(' ' || complement_rest, ''),
        ' '
    ), '') as unit_text

from pivoted
