-- What is planted, by a company's number. Expects the macro companies().

-- Rare quirks need no luck: the first companies of every ten thousand carry one each, and nothing
-- ever happens to them, so that every release of a world shows every quirk.
create macro carriers() as [
    'alphanumeric_root', 'alphanumeric_branch', 'malformed',
    'nul_name', 'nul_street', 'c1_name', 'c1_street', 'c1_complement',
    'newline_name', 'newline_complement', 'semicolon', 'quote', 'list', 'blocks', 'ordinal_street',
    'zero_status_date', 'zeros_status_date', 'empty_status_date', 'impossible_status_date',
    'impossible_opening', 'impossible_entry', 'impossible_option', 'impossible_special_date',
    'zero_opening', 'zeros_entry', 'empty_option',
    'company_twice', 'company_twice_differing', 'establishment_twice', 'establishment_twice_fax',
    'partner_twice', 'simples_twice',
    'orphan_reason', 'orphan_country', 'orphan_partner_country', 'orphan_qualification',
    'orphan_simples', 'placeholder_capital', 'negative_capital', 'empty_name', 'postal_code',
];
create macro carries(n, quirk) as n % 10000 = list_position(carriers(), quirk) - 1;
create macro is_carrier(n) as n % 10000 < len(carriers());
create macro carries_one_of(n, quirks) as list_contains(quirks, carriers()[1 + n % 10000]);

-- Groups need no luck either: of every 250 companies of the first month (the last ones excepted),
-- those with certain numbers, the seats, belong to one. Carriers are never among them.
create macro blocks() as companies() // 250;
create macro block(n) as n // 250;
create macro seat(n) as if(n < blocks() * 250, n % 250, -1);
-- The first least to most of the seats from first on.
create macro among(n, first, least, most, salt) as case
    when seat(n) between first and first + most - 1
    then seat(n) < first + least + roll(block(n), salt, most - least + 1)
    else false
end;

-- Mills: registered on one day at one unit by one person with one telephone for one purpose.
create macro in_mill(n) as among(n, 50, 5, 12, 'mill');

-- Who owns whom, by seat: a pair and a chain of 6; a circle of 3 and one that owns itself; a circle
-- of 5 and two of 3 that share the company at 77, which has a second owner.
create macro planned_owner(n, place) as case
    when not seat(n) between 70 and 79 then null
    when place = 0 then block(n) * 250 + [
        [71, 70, 73, 74, 75, 76, 77],
        [71, 72, 70, 73],
        [71, 72, 73, 74, 70, 77, 75, 76, 77, 78]
    ][1 + block(n) % 3][seat(n) - 69]
    when place = 1 and block(n) % 3 = 2 and seat(n) = 77 then block(n) * 250 + 79
end;
create macro has_planned_partner(n) as in_mill(n) or seat(n) between 70 and 82;

-- Who a partner is: somebody with one company, or one of those who have several. Of every ten of
-- these the second has the name of the first and the fourth the document of the third; so have
-- the foreigners at 80 and 82, who are one, and the one at 81 one name.
create macro people() as greatest(10, (companies() * 0.03)::int);
create macro person(n, place) as case
    when place = 0 and in_mill(n) then concat('mill ', block(n))
    when place = 0 and seat(n) between 80 and 82
    then concat('foreigner ', block(n), if(seat(n) = 81, ' other', ''))
    when not is_carrier(n) and chance(concat(n, '/', place), 'several companies', 0.15)
    then concat('person ', (roll(n, 'which person', people()) + place) % people())
    else concat(n, '/', place)
end;
create macro has_several_companies(person) as person[1] in ('m', 'p');
create macro name_key(person) as case
    when person[1] = 'f' then replace(person, ' other', '')
    when person[1] = 'p' and person[-1] = '1' then person[:-2] || '0'
    else person
end;
create macro document_key(person) as
    if(person[1] = 'p' and person[-1] = '3', person[:-2] || '2', person);

-- Where an establishment is when it is not alone: in a mill's unit, in a virtual office, in a
-- shared unit or house, or on a road without numbers. At 122 to 124 are other places that look
-- like the shared unit: in another town, in another area of the town, next door.
create macro offices() as greatest(1, blocks() // 3);
create macro spot(n, branch, key) as case
    when is_carrier(n) then null
    when branch = 1 and in_mill(n) then concat('mill ', block(n))
    when branch = 1 and seat(n) between 100 and 107
    then concat('office ', least(block(n) // 3, offices() - 1))
    when branch = 1 and among(n, 110, 2, 6, 'same unit') then concat('unit ', block(n))
    when branch = 2 and seat(n) = 110 then concat('unit ', block(n))
    when branch = 1 and among(n, 116, 2, 6, 'same house') then concat('house ', block(n))
    when branch = 1 and seat(n) between 122 and 124 then concat('unit ', block(n))
    when branch = 1 and seat(n) between 125 and 126 then concat('road ', block(n))
    -- The first offices are the fullest.
    when chance(key, 'office', 0.01)
    then concat('office ', floor(offices() * (roll(key, 'which office', 10000) / 10000) ** 3)::int)
end;
