-- A month passes: draw who is met by what, change the state, write down the events.

update clock set month = month + interval 1 month, previous = extracted;
update clock set extracted = extraction_date(month);

-- Mills, and companies of people who also are in an unfit one, fare worse.
create or replace table association as
select n, person(n, place) as person, status = '04' as is_unfit
from partner join establishment using (n) anti join vanished using (n)
where branch = 1;
create or replace table at_risk as
select n from company where in_mill(n)
union
select n
from association
where person in (select person from association where is_unfit) and not is_unfit;

-- A company meets one fate a month, at most; a mill stays one.
create or replace table candidate as
select
    n, status, nature(n) = '2135' as is_sole, in_mill(n) as is_in_mill,
    exists (from partner where partner.n = establishment.n) as has_partners,
    exists (from at_risk where at_risk.n = establishment.n) as is_at_risk,
    simples_since is not null and simples_until is null as is_simples,
    mei_since is not null and mei_until is null as is_mei,
from establishment left join taxation using (n) anti join vanished using (n)
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
insert into fate from chosen('close', status = '02' and not is_at_risk, 0.006, 1);
insert into fate from chosen('close', status = '02' and is_at_risk, 0.036, 0);
insert into fate from chosen('suspend', status = '02', 0.0005, 1);
insert into fate from chosen('unfit', status = '02' and not is_at_risk, 0.003, 1);
insert into fate from chosen('unfit', status = '02' and is_at_risk, 0.018, 0);
insert into fate from chosen('reactivate', status in ('03', '04'), 0.03, 1);
insert into fate from chosen('move', not is_in_mill, 0.005, 1);
insert into fate from chosen('capital', true, 0.003, 1);
insert into fate from chosen('partners', has_partners and not is_in_mill, 0.01, 1);
insert into fate from chosen('rename', not is_sole, 0.003, 1);
insert into fate from chosen('trade_name', true, 0.003, 1);
insert into fate from chosen('activity', not is_in_mill, 0.003, 1);
insert into fate from chosen('size', not is_sole, 0.003, 1);
insert into fate from chosen('simples_in', not is_simples, 0.004, 1);
insert into fate from chosen('simples_out', is_simples and not is_mei, 0.004, 1);
insert into fate from chosen('mei_in', is_simples and not is_mei and is_sole, 0.02, 1);
insert into fate from chosen('mei_out', is_mei, 0.004, 1);
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

insert into event (month, extraction_date, cnpj, kind, before, after, event_date)
select month, extracted, cnpj, turn.kind, turn.before, turn.after, turn.date
from turn join establishment using (n, branch), clock
where turn.kind <> 'return';

update establishment
set status = turn.after, reason = turn.reason, status_date = turn.date
from turn
where turn.n = establishment.n and turn.branch = establishment.branch;

insert into event (month, extraction_date, cnpj, kind, before, after, event_date)
select
    clock.month, extracted, cnpj, fate.kind,
    case when fate.kind = 'vanish' then status end,
    case when fate.kind = 'return' then status end,
    turn.date
from fate join establishment using (n) left join turn using (n, branch), clock
where fate.kind in ('vanish', 'return');
insert into vanished select n, month from fate, clock where kind = 'vanish';
delete from vanished where n in (select n from fate where kind = 'return');

-- Changes of a field: as published before and after.
create or replace view fated_company as from company semi join fate using (n);
create or replace view fated_headquarters as
from establishment semi join fate using (n) where branch = 1;
create or replace view fated_taxation as from taxation semi join fate using (n);
create or replace view field as
select n, kind, case kind
    when 'rename' then razao_social
    when 'capital' then capital_social
    when 'size' then porte
end as value
from empresas_of('fated_company') join fate using (n)
where copy = 0 and kind in ('rename', 'capital', 'size')
union all
select n, kind, case kind
    when 'move' then municipio || '/' || cep
    when 'trade_name' then nome_fantasia
    when 'activity' then cnae_fiscal_principal
end
from estabelecimentos_of('fated_headquarters') join fate using (n)
where copy = 0 and kind in ('move', 'trade_name', 'activity')
union all
select n, kind, if(starts_with(kind, 'simples'), opcao_pelo_simples, opcao_mei)
from fate left join (from simples_of('fated_taxation') where copy = 0) using (n)
where kind in ('simples_in', 'simples_out', 'mei_in', 'mei_out');
create or replace table field_before as from field;

update company set capital_version = capital_version + 1
where n in (select n from fate where kind = 'capital');
update company set name_version = name_version + 1
where n in (select n from fate where kind = 'rename');
update company set size = pick(list_filter(
    ['01', '03', '05'], lambda size: size <> value
), company.n, concat('size ', month))
from field_before, clock
where kind = 'size' and field_before.n = company.n;
update establishment set address_version = address_version + 1
where branch = 1 and n in (select n from fate where kind = 'move');
update establishment set trade_name_version = trade_name_version + 1
where branch = 1 and n in (select n from fate where kind = 'trade_name');
update establishment set activity = pick(list_filter(
    (select list(distinct codigo order by codigo) from activities), lambda code: code <> value
), establishment.n, concat('activity ', month))
from field_before, clock
where kind = 'activity' and field_before.n = establishment.n and branch = 1;

create or replace table option as
select
    n, kind,
    greatest(company.opened, simples_since, simples_until, mei_since, mei_until, event_date(n))
        as date
from fate join company using (n) left join taxation using (n)
where kind in ('simples_in', 'simples_out', 'mei_in', 'mei_out');
insert into taxation (n) select n from option where n not in (select n from taxation);
update taxation set
    simples_since = if(kind = 'simples_in', date, simples_since),
    simples_until = case kind
        when 'simples_in' then null when 'simples_out' then date else simples_until
    end,
    mei_since = if(kind = 'mei_in', date, mei_since),
    mei_until = case kind when 'mei_in' then null when 'mei_out' then date else mei_until end
from option
where option.n = taxation.n;

insert into event (month, extraction_date, cnpj, kind, before, after, event_date)
select month, extracted, cnpj, field.kind, field_before.value, field.value, option.date
from field join field_before using (n) join establishment using (n) left join option using (n),
    clock
where branch = 1;

-- Partners: the oldest one leaves or a new one joins; the last one stays.
create or replace table joining as
select
    n, count(*) as partners,
    count(*) > 1 and roll(n, 'leaves ' || any_value(month), 2) = 0 as leaves,
    if(leaves, min(place), max(place) + 1) as place,
    greatest(any_value(opened), event_date(n)) as date
from partner join fate using (n) join company using (n), clock
where kind = 'partners'
group by n;
insert into partner select n, place, date from joining where not leaves;
create or replace view joining_partner as from partner semi join joining using (n, place);
insert into event
select
    month, extracted, cnpj, 'partners', partners, if(leaves, partners - 1, partners + 1),
    if(leaves, null, date), cnpj_cpf_do_socio, nome_socio
from joining
    join establishment using (n)
    join socios_of('joining_partner') as member using (n, place),
    clock
where branch = 1 and member.copy = 0;
delete from partner using joining
where leaves and partner.n = joining.n and partner.place = joining.place;

-- Births.
set variable first_born = (select count(*) from company);
set variable last_born = getvariable('first_born') + greatest(
    1, (getvariable('first_born') * 0.008)::int
);
insert into company (n, opened, capital_version)
select n, event_date(n), 0
from range(getvariable('first_born'), getvariable('last_born')) as numbers(n);
insert into taxation from new_taxation(getvariable('first_born'), getvariable('last_born'));
insert into establishment (
    n, branch, cnpj, opened, status, status_date, reason, address_version
)
select n, branch, cnpj, opened, '02', opened, '00', 0
from new_establishments(getvariable('first_born'), getvariable('last_born')) join company using (n);
insert into partner
select n, place, opened
from new_partners(getvariable('first_born'), getvariable('last_born')) join company using (n);
insert into event (month, extraction_date, cnpj, kind, before, after, event_date)
select month, extracted, cnpj, 'birth', null, status_id, status_date
from statuses, clock
where n >= getvariable('first_born');
