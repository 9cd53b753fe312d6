-- Municipalities of a name, without regard to accents, signs and the size of letters.
select
    municipality_id,
    municipality_name,
    uf
from dim_municipality
where
    %(name)s in (
        upper(translate(
            municipality_name,
            'áàâãéêíóôõúüçÁÀÂÃÉÊÍÓÔÕÚÜÇ ''’-.',
            'AAAAEEIOOOUUCAAAAEEIOOOUUC'
        )),
        translate(registry_name, ' ''-.', '')
    )
    and (%(uf)s::text is null or uf = %(uf)s)
order by uf
limit 30
