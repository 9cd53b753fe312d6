-- The state of the world: only what a month can change. The rest of a record is drawn from its
-- key whenever it is written. Expects the macros first_month() and companies().

-- The registry is extracted between the 8th and the 15th.
create macro extraction_date(month) as
    month::date + 7 + roll(month::date, 'extraction', 8);
create macro first_extraction() as extraction_date(first_month());
create table clock as
select
    first_month() as month,
    first_extraction() as extracted,
    extraction_date(first_month() - interval 1 month) as previous;
-- What happened since the last extraction; one in ten events is registered up to two years late.
create macro event_date(key) as (
    select case
        when roll(key, concat('late ', month), 10) = 0
        then extracted - roll(key, concat('how late ', month), 730)
        else extracted - roll(key, concat('day ', month), (extracted - previous)::int)
    end
    from clock
);

-- n numbers the companies from 0; it never changes and is never used again. What never changed
-- is drawn: it has version 0, or is null.
create table company (
    n int, opened date, capital_version int, name_version int default 0, size varchar
);
-- branch 1 is the headquarters
create table establishment (
    n int, branch int, cnpj varchar, opened date,
    status varchar, status_date date, reason varchar, address_version int,
    trade_name_version int default 0, activity varchar
);
-- Simples Nacional and MEI: since when, and until when.
create table taxation (
    n int, simples_since date, simples_until date, mei_since date, mei_until date
);
create table partner (n int, place int, entered date);
create table vanished (n int, month date);
create table event (
    month date, extraction_date date, cnpj varchar, kind varchar,
    before varchar, after varchar, event_date date,
    partner_document varchar, partner_name varchar
);

-- A day between two dates; the square makes young ones more frequent.
create macro day_between(first, last, key, salt) as
    first + ((last - first) * (roll(key, salt, 10000) / 10000))::int;
create macro recent_day(key, salt) as first_extraction() - 1
    - (18000 * (roll(key, salt, 10000) / 10000) * (roll(key, salt, 10000) / 10000))::int;

create macro new_establishments(first, last) as table
select n, branch, cnpj(n, branch) as cnpj
from (
    select n::int as n, unnest(range(1, 2 + branches(n)))::int as branch
    from range(first, last) as numbers(n)
);
create macro new_partners(first, last) as table
select n, unnest(range(
    case
        when is_carrier(n) or planned_owner(n, 1) is not null then 2
        else pick([1, 1, 1, 2, 2, 3], n, 'partners')
    end
))::int as place
from (select n::int as n from range(first, last) as numbers(n))
where nature(n) <> '2135';
create macro new_taxation(first, last) as table
with drawn as (
    select
        n, opened, roll(n, 'regime', 100) as die,
        case -- Simples and MEI, which is for sole proprietors; ex: was in both once
            when nature(n) = '2135'
            then case when die < 54 then 'SS' when die < 60 then 'SN' when die < 72 then 'ex' end
            when is_carrier(n) or die < 40 then 'SN'
        end as option,
        if(
            option = 'ex',
            greatest(opened, day_between(opened, first_extraction(), n, 'left simples')), null
        ) as until,
    from company
    where n >= first and n < last and (is_carrier(n) or chance(n, 'has simples', 0.72))
)
select
    n,
    if(option is null, null, opened) as simples_since, until as simples_until,
    if(option in ('SS', 'ex'), opened, null) as mei_since, until as mei_until,
from drawn;

insert into company (n, opened, capital_version)
select
    n,
    case -- Mills are young.
        when in_mill(n) then first_extraction() - 60 - roll(block(n), 'mill opened', 600)
        else recent_day(n, 'opened')
    end,
    0
from range(companies()) as numbers(n);
insert into taxation from new_taxation(0, companies());

insert into establishment (
    n, branch, cnpj, opened, status, status_date, reason, address_version
)
with placed as (
    select
        n, branch, cnpj,
        case when branch = 1
            then company.opened
            else day_between(company.opened, first_extraction(), cnpj, 'opened')
        end as opened,
        case
            when carries(n, 'orphan_reason') then '04'
            when is_carrier(n) or in_mill(n) or seat(n) between 100 and 107 then '02'
            when roll(n, 'status', 1000) between 460 and 569 then '04'
            when roll(n, 'status', 1000) < 460 then '08'
            when branch > 1 and chance(cnpj, 'closed branch', 0.3) then '08'
            when roll(n, 'status', 1000) < 575 then '03'
            when roll(n, 'status', 1000) < 577 then '01'
            else '02'
        end as status,
    from new_establishments(0, companies()) join company using (n)
)
select
    n, branch, cnpj, opened, status,
    case when status = '02' and chance(cnpj, 'status since', 0.9)
        then opened
        else day_between(opened, first_extraction(), cnpj, 'status date')
    end,
    case
        when carries(n, 'orphan_reason') then '32'
        when status = '02' then '00'
        when status = '08' then pick(
            ['01', '01', '01', '01', '01', '01', '71', '71', '73', '54', '09'], cnpj, 'reason'
        )
        when status = '04' then pick(['63', '63', '63', '63', '64', '15'], cnpj, 'reason')
        when status = '03' then pick(['18', '21', '74'], cnpj, 'reason')
        else '11'
    end,
    0
from placed;

insert into partner
select n, place,
    case when chance(n, 'founders', 0.7)
        then opened
        else day_between(opened, first_extraction(), concat(n, '/', place), 'entered')
    end
from new_partners(0, companies()) join company using (n);
