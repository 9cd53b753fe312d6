-- Literal rows: a group of several values, of one, of one and nothing, and of nothing.
with given as (

    select 1 as number, 'SP' as uf, 'PR,RJ,SP' as expected
    union all select 1 as number, 'PR' as uf, 'PR,RJ,SP' as expected
    union all select 1 as number, 'SP' as uf, 'PR,RJ,SP' as expected
    union all select 1 as number, 'RJ' as uf, 'PR,RJ,SP' as expected
    union all select 2 as number, 'EX' as uf, 'EX' as expected
    union all select 3 as number, 'AC' as uf, 'AC' as expected
    union all select 3 as number, null as uf, 'AC' as expected
    union all select 4 as number, null as uf, null as expected

),

listed as (

    select
        number,
        {{ distinct_list('uf') }} as ufs,
        min(expected) as expected
    from given
    group by number

)

select *
from listed
where ufs is distinct from expected
