-- Literal rows: one name written in many ways, names that only look like it, and what is no name.
with given as (

    select 'JOAO SOUZA SILVA' as written, 'JOAO SOUZA SILVA' as expected
    union all select 'João de Souza e Silva' as written, 'JOAO SOUZA SILVA' as expected
    union all select '  JOAO  DE  DA SOUZA-SILVA.' as written, 'JOAO SOUZA SILVA' as expected
    union all select 'E JOAO DOS DOS SOUZA SILVA DA' as written, 'JOAO SOUZA SILVA' as expected
    union all select 'JOAO SOUZASILVA' as written, 'JOAO SOUZASILVA' as expected
    union all select 'DEA DORA EDA' as written, 'DEA DORA EDA' as expected
    union all select 'ANA D''AVILA' as written, 'ANA DAVILA' as expected
    union all select 'ANA ***456789**' as written, 'ANA 456789' as expected
    union all select 'ÇELIA ŠØß' as written, 'CELIA' as expected
    union all select 'DE E' as written, null as expected
    union all select ' ' as written, null as expected
    union all select null as written, null as expected

)

select *
from given
where {{ name_key('written') }} is distinct from expected
