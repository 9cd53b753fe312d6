-- Literal rows: both ways the API writes attributes, without value, without the attribute.
with given as (

    select
        '[{"name": "?"}, {"id": "COLOR", "value_name": "Azul"}, {"id": "BRAND", "value_name": "X"}]'
            as written,
        'X' as expected
    union all
    select '[{"id": "BRAND", "values": [{"id": null, "name": "Y"}]}]' as written, 'Y' as expected
    union all
    select '[{"id": "BRAND", "value_name": null}]' as written, null as expected
    union all
    select '[{"id": "BRANDS", "value_name": "Z"}]' as written, null as expected
    union all
    select '[]' as written, null as expected
    union all
    select null as written, null as expected

),

parsed as (

    select
        expected,
        cast(written as {{ column_type('json') }}) as attributes
    from given

)

select *
from parsed
where {{ json_attribute('attributes', 'BRAND') }} is distinct from expected
