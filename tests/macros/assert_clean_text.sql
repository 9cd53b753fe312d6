-- Literal rows: Windows-1252 in latin-1, line breaks, and nothing at all.
with given as (

    select '{{ "D\u0092AVILA" }}' as written, '{{ "D\u2019AVILA" }}' as expected
    union all select '{{ "\u0096 A\u008f \u0080" }}' as written, '{{ "\u2013 A \u20ac" }}' as expected
    union all select '{{ " SWEET\nHOME " }}' as written, 'SWEET HOME' as expected
    union all select '{{ "S\u00e3o" }}' as written, '{{ "S\u00e3o" }}' as expected
    union all select '  ' as written, null as expected

)

select *
from given
where {{ clean_text('written') }} is distinct from expected
