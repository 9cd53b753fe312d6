-- Literal rows: mailboxes, and what stands in their place.
with given as (

    select 'Zilma@GMAIL.com' as written, 'zilma@gmail.com' as expected
    union all select ' a.b@c.com.br ' as written, 'a.b@c.com.br' as expected
    union all select 'NAO TEM' as written, null as expected
    union all select 'www.sindicato.com.br' as written, null as expected
    union all select 'a@b' as written, null as expected
    union all select '@b.com' as written, null as expected
    union all select 'a@.com' as written, null as expected
    union all select 'a@b.com,' as written, null as expected
    union all select 'a@b.com c@d.com' as written, null as expected
    union all select 'a@ b.com' as written, null as expected
    union all select 'joão@b.com' as written, null as expected
    union all select null as written, null as expected

)

select *
from given
where {{ standard_email('written') }} is distinct from expected
