-- Literal rows: small and capital letters with accents, and what has none.
with given as (

    select 'São João' as written, 'SAO JOAO' as expected
    union all select 'ÁÀÂÃÉÊÍÓÔÕÚÜÇÑ' as written, 'AAAAEEIOOOUUCN' as expected
    union all select 'áàâãéêíóôõúüçñ' as written, 'AAAAEEIOOOUUCN' as expected
    union all select 'x-1' as written, 'X-1' as expected
    union all select null as written, null as expected

)

select *
from given
where upper({{ fold_accents('written') }}) is distinct from expected
