-- Literal rows: padded, glued, without a type, and the last of six.
with given as (

    select
        'CONJ  1107                SALA  05' as written,
        'CONJ 1107 SALA 05' as expected
    union all
    select
        'COND  UNIVERSE LIFE SQUAREBLOCO COM.' as written,
        'COND UNIVERSE LIFE SQUARE BLOCO COM.' as expected
    union all
    select
        'SALA  7                         PISO 2' as written,
        'SALA 7 PISO 2' as expected
    union all
    select
        rpad('QUADRA1', 130, ' ') || 'QUADRAL29' as written,
        'QUADRA 1 QUADRA L29' as expected

)

select *
from given
where trim({{ replace_pattern(cut_blocks('written'), ' +', ' ') }}, ' ') is distinct from expected
