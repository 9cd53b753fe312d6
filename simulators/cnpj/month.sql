-- A month passes: draw who is met by what, change the state, write down the events.

update clock set month = month + interval 1 month, previous = extracted;
update clock set extracted = extraction_date(month);

-- A company meets one fate a month, at most.
create or replace table candidate as
select n, status, exists (from partner where partner.n = establishment.n) as has_partners
from establishment anti join vanished using (n)
where branch = 1 and not is_carrier(n);

create or replace table fate (n int, kind varchar);
create or replace macro chosen(kind, eligible, share, least) as table
select n, kind
from candidate anti join fate using (n)
where eligible
order by draw(n, concat(kind, (select month from clock)))
limit (
    select greatest(least, (count(*) * share)::int)
    from candidate anti join fate using (n)
    where eligible
);
insert into fate from chosen('vanish', true, 0.001, 2);
insert into fate from chosen('close', status = '02', 0.006, 1);
insert into fate from chosen('suspend', status = '02', 0.0005, 1);
insert into fate from chosen('unfit', status = '02', 0.003, 1);
insert into fate from chosen('reactivate', status in ('03', '04'), 0.03, 1);
insert into fate from chosen('move', true, 0.005, 1);
insert into fate from chosen('capital', true, 0.003, 1);
insert into fate from chosen('partners', has_partners, 0.01, 1);
-- Half of those that vanished a month ago are back.
insert into fate
select n, 'return'
from vanished, clock
where vanished.month = clock.month - interval 1 month
order by draw(n, 'return')
limit (
    select (count(*) + 1) // 2
    from vanished, clock
    where vanished.month = clock.month - interval 1 month
);

-- Changes of status. Branches go with their headquarters; some that return were closed meanwhile.
create or replace table turn as
select
    n, branch, kind, establishment.status as before, outcome.status as after, outcome.reason,
    greatest(opened, event_date(n)) as date
from fate join establishment using (n) join (values
    ('close', '02', '08', '01'),
    ('suspend', '02', '03', '18'),
    ('unfit', '02', '04', '63'),
    ('reactivate', '03', '02', '00'),
    ('reactivate', '04', '02', '00'),
    ('return', '02', '08', '01')
) as outcome(kind, before, status, reason) using (kind)
where establishment.status = outcome.before
    and (kind <> 'return' or chance(n, 'closed while away', 0.4));

insert into event
select month, extracted, cnpj, turn.kind, turn.before, turn.after, turn.date
from turn join establishment using (n, branch), clock
where turn.kind <> 'return';

update establishment
set status = turn.after, reason = turn.reason, status_date = turn.date
from turn
where turn.n = establishment.n and turn.branch = establishment.branch;

insert into event
select
    clock.month, extracted, cnpj, fate.kind,
    case when fate.kind = 'vanish' then status end,
    case when fate.kind = 'return' then status end,
    turn.date
from fate join establishment using (n) left join turn using (n, branch), clock
where fate.kind in ('vanish', 'return');
insert into vanished select n, month from fate, clock where kind = 'vanish';
delete from vanished where n in (select n from fate where kind = 'return');

-- Moves, of headquarters.
create or replace table moving as
select cnpj, municipio || '/' || cep as before
from estabelecimentos
where copy = 0 and n in (select n from fate where kind = 'move')
    and identificador_matriz_filial = '1';
update establishment set address_version = address_version + 1
where cnpj in (select cnpj from moving);
insert into event
select month, extracted, cnpj, 'move', before, municipio || '/' || cep, null
from moving join estabelecimentos using (cnpj), clock
where copy = 0;

update company set capital_version = capital_version + 1
where n in (select n from fate where kind = 'capital');
insert into event
select
    month, extracted, cnpj, 'capital', capital(n, capital_version - 1), capital(n, capital_version),
    null
from fate join company using (n) join establishment using (n), clock
where kind = 'capital' and branch = 1;

-- Partners: the oldest one leaves or a new one joins; the last one stays.
create or replace table partnership as
select
    n, count(*) as partners, min(place) as oldest, max(place) + 1 as newest,
    count(*) > 1 and roll(n, 'leaves ' || any_value(month), 2) = 0 as leaves,
    greatest(any_value(opened), event_date(n)) as date
from partner join fate using (n) join company using (n), clock
where kind = 'partners'
group by n;
delete from partner using partnership
where leaves and partner.n = partnership.n and place = oldest;
insert into partner select n, newest, date from partnership where not leaves;
insert into event
select
    month, extracted, cnpj, 'partners', partners, if(leaves, partners - 1, partners + 1),
    if(leaves, null, date)
from partnership join establishment using (n), clock
where branch = 1;

-- Births.
set variable first_born = (select count(*) from company);
set variable last_born = getvariable('first_born') + greatest(
    1, (getvariable('first_born') * 0.008)::int
);
insert into company
select n, event_date(n), 0
from range(getvariable('first_born'), getvariable('last_born')) as numbers(n);
insert into establishment
select n, branch, cnpj, opened, '02', opened, '00', 0
from new_establishments(getvariable('first_born'), getvariable('last_born')) join company using (n);
insert into partner
select n, place, opened
from new_partners(getvariable('first_born'), getvariable('last_born')) join company using (n);
insert into event
select month, extracted, cnpj, 'birth', null, status_id, status_date
from statuses, clock
where n >= getvariable('first_born');
