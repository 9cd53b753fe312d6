-- The records of a release: the state dressed in the official columns, with their quirks.
-- n and copy tell records apart; copy 1 is a record the files have twice.

create macro versioned(key, version) as
    if(version = 0, key::varchar, concat(key, '/version ', version));

create macro empresas_of(state) as table
with copied as (
    from query_table(state) select *, 0 as copy
    union all
    from query_table(state) select *, 1
    where carries_one_of(n, ['company_twice', 'company_twice_differing'])
),
named as (
    select
        *, root(n) as root, nature(n) as nature,
        draw(versioned(n, name_version), 'name') as name, draw(n, 'cpf') as cpf,
        if(nature = '2135', roll(n, 'form of name', 10), 9) as form_of_name,
        roll(n, 'seat', 1000) as town_slot,
    from copied anti join vanished using (n)
)
select
    n, copy,
    root as cnpj_basico,
    case
        when carries(n, 'empty_name') then ''
        when carries(n, 'nul_name') then 'CASA' || chr(0) || ' ' || legal_name(nature, name)
        when form_of_name < 5 then legal_name(nature, name) || ' ' || invented_cpf(cpf)
        when form_of_name < 7 then
            root[:2] || '.' || root[3:5] || '.' || root[6:] || ' ' || legal_name(nature, name)
        else legal_name(nature, name)
    end as razao_social,
    nature as natureza_juridica,
    case
        when carries(n, 'orphan_qualification') then '36'
        when nature = '2135' then '50'
        when nature in ('2062', '2240') then '49'
        when nature in ('3999', '3220', '2143') then '16'
        when nature = '3085' then '19'
        when nature = '2054' then '10'
        else '05'
    end as qualificacao_responsavel,
    capital(n, capital_version + if(carries(n, 'company_twice_differing'), copy, 0))
        as capital_social,
    case
        when size is not null then size
        when nature = '2135' then '01'
        else pick(['01', '01', '01', '01', '03', '03', '05', '05', '05', ''], n, 'size')
    end as porte,
    if(nature = '1244', towns.descricao || ' - ' || towns.uf, '') as ente_federativo_responsavel,
from named join towns on towns.slot = town_slot;
create view empresas as from empresas_of('company');

-- A unit of a building, and units as the two machines and a hand write them.
create macro unit(word, value) as {word: word, value: value::varchar};
create macro padded(unit) as if(
    unit.word in ('SALA', 'APT', 'LOTE', 'LOJA') and len(unit.value) = 1,
    '0' || unit.value, unit.value
);
create macro as_blocks(units) as rtrim(array_to_string(
    list_transform(units, lambda unit: rpad(unit.word, 6, ' ') || rpad(padded(unit), 20, ' ')), ''
));
create macro as_list(units, form) as if(
    form = 0 or len(units) = 1,
    array_to_string(
        list_transform(units, lambda unit: unit.word || ': ' || padded(unit)), '; '
    ) || ';',
    array_to_string(list_transform(units, lambda unit: unit.word || ' ' || unit.value), ';')
);
create macro as_text(units, form) as array_to_string(list_transform(
    units, lambda unit: case form
        when 0 then unit.word || ' ' || padded(unit)
        when 1 then unit.word || '  ' || unit.value
        else replace(unit.word, 'SALA', 'SL') || ' ' || unit.value
    end
), ' ');
-- A street as another hand writes it: its type said twice, titles short, accents, small letters.
create macro written_otherwise(street, street_type, hand) as list_reduce([
    if(chance(hand, 'repeats the type', 0.25), street_type || ' ' || street, street),
    if(chance(hand, 'shortens', 0.4), 'short', ''),
    if(chance(hand, 'accents', 0.3), 'accents', ''),
    if(chance(hand, 'small letters', 0.2), 'small', '')
], lambda text, how: case how
    when 'short' then replace(replace(replace(replace(
        text, 'DOUTOR ', 'DR '), 'PROFESSOR ', 'PROF '), 'BRIGADEIRO ', 'BRIG '), 'CORONEL ', 'CEL '
    )
    when 'accents' then regexp_replace(replace(text, 'SAO ', 'SÃO '), 'A([A-Z]*)$', 'Á\1')
    when 'small' then lower(text)
    else text
end);
-- A person's name: with accents, or without particles.
create macro spelled(name, form) as case form
    when 1 then regexp_replace(name, 'E([A-Z]{2})', 'É\1')
    when 2 then regexp_replace(name, ' (DA|DE|DOS) ', ' ')
    else name
end;
-- The first accountants have the most clients.
create macro accountants() as greatest(2, companies() // 600);
create macro accountant(key) as
    floor(accountants() * (roll(key, 'accountant', 10000) / 10000) ** 1.5)::int;

create macro estabelecimentos_of(state) as table
with copied as (
    from query_table(state) select *, 0 as copy
    union all
    from query_table(state) select *, 1
    where branch = 1
        and carries_one_of(n, ['establishment_twice', 'establishment_twice_fax'])
),
keyed as (
    select
        *,
        -- Only headquarters carry a quirk.
        if(branch = 1, n, -1) as carrier,
        if(branch = 1, seat(n), -1) as seat,
        concat(cnpj, '/', address_version) as place,
        roll(place, 'form of complement', 1000) as complement_die,
        if(address_version = 0, spot(n, branch, place), null) as spot,
    from copied anti join vanished using (n)
),
placed as (
    select
        *,
        draw(versioned(cnpj, trade_name_version), 'name') as name,
        coalesce(spot, place) as address,
        -- Every other move stays in town.
        coalesce(spot, concat(cnpj, '/', (address_version + roll(cnpj, 'first move', 2)) // 2))
            as town,
        coalesce(spot[1] in ('u', 'h'), false) as is_shared,
        coalesce(spot[1] = 'm', false) as is_mill,
        spot is null
        and (carries(carrier, 'orphan_country') or chance(cnpj, 'abroad', 0.002)) as is_abroad,
    from keyed
),
drawn as (
    select
        *,
        case
            when is_abroad then -1
            -- Postal codes can only lose a zero in the state of Sao Paulo.
            when is_shared and block(n) % 2 = 0
            then (paulistano_slot + if(seat = 122, 300, 0)) % town_slots
            else (roll(town, 'town', town_slots) + if(seat = 122, 300, 0)) % town_slots
        end as town_slot,
        roll(if(is_mill, address, cnpj), 'activity', activity_slots) as activity_slot,
        -- A mill has a telephone, a mailbox or both.
        is_mill and block(n) % 3 <> 1 as has_mill_phone,
        is_mill and block(n) % 3 <> 0 as has_mill_mail,
        if(has_mill_phone, address, cnpj) as phone_key,
        -- Who shares a unit writes it in an own way; a house is shared by different units.
        if(is_shared, cnpj, address) as hand,
        if(spot[1] = 'h', concat(spot, '/', seat), address) as unit,
        case
            when spot[1] = 'r' then 'none'
            when spot[1] = 'o' then 'text'
            when spot is not null then pick(['blocks', 'list', 'text'], hand, 'form of unit')
            when carries_one_of(
                carrier, ['newline_complement', 'c1_complement', 'semicolon', 'quote']
            ) or complement_die < 3
            then 'note'
            when carries(carrier, 'list') or complement_die < 45 then 'list'
            when carries(carrier, 'blocks') or complement_die < 90 then 'blocks'
            when complement_die < 370 then 'text'
            else 'none'
        end as complement_form,
    from placed, slots
),
complemented as (
    select
        *,
        case
            when spot[1] = 'o' then [unit('SALA', 1 + roll(unit, 'second unit', 60))]
            when spot is not null and complement_form <> 'none' then
                pick([
                    [unit('BLOCO', 1 + roll(unit, 'unit', 20))],
                    [unit('CONJ', 1 + roll(unit, 'unit', 200))],
                    []
                ], unit, 'units') || [unit('SALA', 1 + roll(unit, 'second unit', 60))]
            when complement_form = 'list' then [
                unit(if(complement_die < 30, 'QUADRA', 'LOTE'), 1 + roll(place, 'unit', 90)),
                unit(if(complement_die < 30, 'LOTE', 'SALA'), 1 + roll(place, 'second unit', 40)),
            ]
            when complement_form = 'blocks' then [
                unit(
                    pick(['CONJ', 'BLOCO', 'QUADRA', 'ANDAR', 'EDIF'], place, 'complement'),
                    1 + roll(place, 'unit', 1900)
                )
            ] || if(
                roll(place, 'three blocks', 10) = 0,
                [unit('PAVMTO', 1 + roll(place, 'floor', 9))], []
            ) || [
                unit(
                    pick(['SALA', 'APT', 'LOTE', 'LOJA'], place, 'second complement'),
                    1 + roll(place, 'second unit', 99)
                )
            ]
            when complement_form = 'text' then pick([
                [], [], [unit('CASA', 2)], [], [unit('LOJA', 1)], [], [], [unit('LETRA', 'A')],
                [unit('SALA', 1)], [unit('APT', 302)], [unit('SALA', 12)], [], [unit('KM', 4)], []
            ], place, 'complement')
            else []
        end as units,
    from drawn
),
addressed as (
    select
        *,
        case
            when spot[1] = 'r' then 'ESTRADA'
            when carries(carrier, 'ordinal_street') or not is_shared and chance(
                address, 'ordinal', 0.02
            ) then pick(
                ['10A RUA', '10A RUA', '10A RUA', '10A AVENIDA', '11A RUA', '1A TRAVESSA'],
                address, 'ordinal type'
            )
            else pick(
                ['RUA', 'RUA', 'RUA', 'RUA', 'RUA', 'RUA', 'RUA', 'RUA', 'AVENIDA', 'AVENIDA',
                 'AVENIDA', 'TRAVESSA', 'ALAMEDA', 'ESTRADA', 'RODOVIA', 'PRACA'],
                address, 'street type'
            )
        end as street_type,
        case
            when carries(carrier, 'nul_street') then 'DAS' || chr(0) || ' FLORES'
            when carries(carrier, 'c1_street') then 'S' || chr(143) || 'O MIGUEL'
            when is_shared then pick(
                ['DOUTOR ', 'PROFESSOR ', 'BRIGADEIRO ', 'CORONEL ', 'SAO '], address, 'title'
            ) || word(draw(address, 'street'))
            when roll(address, 'known street', 3) = 0 then pick(
                ['DAS FLORES', 'QUINZE DE NOVEMBRO', 'SETE DE SETEMBRO', 'DOM PEDRO II', 'BRASIL',
                 'PRIMEIRO DE MAIO', 'DAS ACACIAS', 'SAO JOSE', 'DA PAZ', 'DOS IPES', 'CENTRAL'],
                address, 'street'
            )
            else word(draw(address, 'street'))
        end as street,
        case
            when spot[1] = 'r' then 'S/N'
            when spot is not null
            then (100 + roll(address, 'number', 2000) + if(seat = 124, 2, 0))::varchar
            when roll(address, 'form of number', 100) < 4 then 'S/N'
            when roll(address, 'form of number', 100) < 8 then 'SN'
            when roll(address, 'form of number', 100) < 9
            then 'KM 0' || (1 + roll(address, 'number', 9))
            when roll(address, 'form of number', 100) < 11
            then lpad((1 + roll(address, 'number', 3000))::varchar, 6, '0')
            else (1 + roll(address, 'number', 3000))::varchar
        end as number,
        towns.cep || lpad(
            ((roll(address, 'postal code', 1000000) + if(seat = 123, 170000, 0)) % 1000000)
                ::varchar,
            (8 - len(towns.cep))::int, '0'
        ) as postal_code,
    from complemented join towns on towns.slot = town_slot
)
select
    n, copy,
    cnpj,
    cnpj[:8] as cnpj_basico,
    cnpj[9:12] as cnpj_ordem,
    cnpj[13:] as cnpj_dv,
    if(branch = 1, '1', '2') as identificador_matriz_filial,
    case
        when carries(carrier, 'newline_name') then 'BAZAR ' || chr(10) || trade_name(name)
        when carries(carrier, 'c1_name') then trade_name(name) || ' D' || chr(146) || 'OURO'
        when trade_name_version > 0 then trade_name(name)
        when chance(cnpj, 'stars', 0.001) then '******'
        when chance(cnpj, 'trade name', 0.36) then trade_name(name)
        else ''
    end as nome_fantasia,
    status as situacao_cadastral,
    case
        when carries(carrier, 'zero_status_date') then '0'
        when carries(carrier, 'zeros_status_date') then '00000000'
        when carries(carrier, 'empty_status_date') then ''
        when carries(carrier, 'impossible_status_date') then impossible_date(cnpj)
        else date_text(status_date)
    end as data_situacao_cadastral,
    reason as motivo_situacao_cadastral,
    if(is_abroad, 'PORTO ' || word(draw(place, 'city abroad')), '') as nome_cidade_exterior,
    case
        when carries(carrier, 'orphan_country') then pick(['150', '994'], cnpj, 'country')
        when is_abroad
        then pick(['249', '628', '607', '063', '845', '160', '767', '245'], cnpj, 'country')
        when chance(cnpj, 'at home', 0.08) then '105'
        else ''
    end as pais,
    case
        when carries(carrier, 'zero_opening') then '0'
        when carries(carrier, 'impossible_opening') then impossible_date(cnpj)
        else date_text(opened)
    end as data_inicio_atividade,
    case
        when activity is not null then activity
        when is_mill then pick(activities.division, cnpj, 'activity')
        else activities.codigo
    end as cnae_fiscal_principal,
    if(chance(cnpj, 'secondary', 0.49), secondary_activities.codigos, '') as cnae_fiscal_secundaria,
    if(is_shared and chance(cnpj, 'ordinal', 0.25), '10A ', '') || street_type as tipo_logradouro,
    if(is_shared, written_otherwise(street, street_type, cnpj), street) as logradouro,
    if(is_shared and chance(cnpj, 'zeros', 0.3), lpad(number, 6, '0'), number) as numero,
    case
        when carries(carrier, 'newline_complement') then 'FUNDOS' || chr(10) || 'PORTAO 2'
        when carries(carrier, 'c1_complement') then 'SALA 2' || chr(150) || 'B'
        when complement_form = 'note'
            and (carries(carrier, 'semicolon') or complement_die < 2)
            and not carries(carrier, 'quote')
        then pick(['EM FRENTE A PRACA; PORTAO AZUL', 'PROXIMO AO MERCADO;'], place, 'complement')
        when complement_form = 'note'
        then '"' || chr(65 + roll(place, 'letter', 8)) || '" - BECO DO POSTE'
        when complement_form = 'list' then as_list(units, roll(hand, 'form of list', 3))
        when complement_form = 'blocks' then as_blocks(units)
        when complement_form = 'text' and spot is not null
        then as_text(units, if(spot[1] = 'o', 0, roll(hand, 'form of text', 3)))
        when complement_form = 'text'
        then pick(
            ['CASA', 'CASA', 'CASA 2', 'LOJA', 'LOJA 01', 'FUNDOS', 'TERREO', 'LETRA A', 'SALA  01',
             'APT 302', 'SALA 12', 'CASA CASA', 'KM 4', 'SOBRELOJA'], place, 'complement'
        )
        else ''
    end as complemento,
    pick(
        ['CENTRO', 'CENTRO', 'CENTRO', 'JARDIM DAS PALMEIRAS', 'VILA NOVA', 'BOA VISTA',
         'SANTA LUZIA', 'INDUSTRIAL', 'PARQUE DO LAGO', 'SAO CRISTOVAO', 'ZONA RURAL'],
        address, 'district'
    ) as bairro,
    case
        when carries(carrier, 'postal_code')
            or spot is null and chance(place, 'bad postal code', 0.001)
        then pick(['0', '0131010', '1310100', '0131010A'], place, 'bad postal code')
        when is_shared and chance(cnpj, 'lost zero', 0.3) and uf = 'SP' and postal_code[1] = '0'
        then postal_code[2:]
        else postal_code
    end as cep,
    towns.uf,
    towns.codigo as municipio,
    case
        when is_abroad or not has_mill_phone and chance(cnpj, 'no phone', 0.16) then ''
        when chance(cnpj, 'long area code', 0.02) then '0' || towns.ddd
        else towns.ddd
    end as ddd_1,
    case
        when ddd_1 = '' then ''
        when chance(phone_key, 'short phone', 0.03)
        then '350' || lpad(roll(phone_key, 'phone', 10000)::varchar, 4, '0')
        else pick(['990', '990', '350'], phone_key, 'kind of phone')
            || lpad(roll(phone_key, 'phone', 100000)::varchar, 5, '0')
    end as telefone_1,
    if(chance(cnpj, 'second phone', 0.04), towns.ddd, '') as ddd_2,
    if(ddd_2 = '', '', '3500' || lpad(roll(cnpj, 'second phone', 10000)::varchar, 4, '0'))
        as telefone_2,
    if(carries(carrier, 'establishment_twice_fax') or chance(cnpj, 'fax', 0.03), towns.ddd, '')
        as ddd_fax,
    case
        when carries(carrier, 'establishment_twice_fax') and copy = 1 then '35000000'
        when ddd_fax = '' then ''
        else '3500' || lpad((1 + roll(cnpj, 'fax', 9999))::varchar, 4, '0')
    end as fax,
    case
        when has_mill_mail then word(draw(spot, 'mail')) || '@EXAMPLE.COM'
        when roll(cnpj, 'mail', 100) < 22 then ''
        when roll(cnpj, 'mail', 100) < 23 then pick(['NAO TEM', 'WWW.EXAMPLE.COM'], cnpj, 'no mail')
        when roll(cnpj, 'mail', 100) < 28 then 'CONTABILIDADE' || accountant(cnpj) || '@EXAMPLE.NET'
        else word(draw(cnpj, 'mail')) || roll(cnpj, 'mail', 1000)
            || pick(['@EXAMPLE.COM', '@EXAMPLE.ORG'], cnpj, 'mail host')
    end as correio_eletronico,
    if(
        carries(carrier, 'impossible_special_date') or chance(cnpj, 'special', 0.0005),
        pick(['FALIDO', 'RECUPERACAO JUDICIAL', 'ESPOLIO EV 407'], cnpj, 'special situation'), ''
    ) as situacao_especial,
    case
        when carries(carrier, 'impossible_special_date') then impossible_date(cnpj)
        when situacao_especial = '' then ''
        else date_text(opened + roll(cnpj, 'special date', (first_extraction() - opened)::int + 1))
    end as data_situacao_especial,
    -- and the truth about it
    spot, street_type, street, number, complement_form, units,
from addressed as towns
    join activities on activities.slot = activity_slot
    join secondary_activities
        on secondary_activities.slot = roll(cnpj, 'secondary activities', 1000);
create view estabelecimentos as from estabelecimentos_of('establishment');

create macro socios_of(state) as table
with copied as (
    from query_table(state) select *, 0 as copy
    union all
    from query_table(state) select *, 1 where carries(n, 'partner_twice') and place = 0
),
keyed as (
    select
        *,
        -- Only the first partner carries a quirk.
        if(place = 0, n, -1) as carrier,
        concat(n, '/', place) as partnership,
        person(n, place) as person,
        planned_owner(n, place) as planned_owner,
        nature(n) as nature,
    from copied anti join vanished using (n)
),
drawn as (
    select
        *,
        case
            when planned_owner is not null then '1'
            when person[1] = 'f' or carries(carrier, 'orphan_partner_country') then '3'
            when has_several_companies(person) then '2'
            when chance(partnership, 'abroad', 0.005) then '3'
            when chance(partnership, 'owning company', 0.02) then '1'
            else '2'
        end as identificador_de_socio,
        coalesce(planned_owner, roll(partnership, 'owning company', companies())) as owner,
    from keyed
)
select
    n, copy, place, partnership, person,
    root(n) as cnpj_basico,
    identificador_de_socio,
    if(
        identificador_de_socio = '1',
        legal_name(nature(owner), draw(owner, 'name')),
        spelled(
            person_name(draw(name_key(person), 'name')),
            if(has_several_companies(person), roll(partnership, 'spelling', 4), 0)
        )
    ) as nome_socio,
    case identificador_de_socio
        -- Some owners with branches are known by one.
        when '1' then cnpj(owner, if(
            branches(owner) > 0
            and (planned_owner is not null or roll(partnership, 'owning branch', 2) = 0), 2, 1
        ))
        when '2' then masked_cpf(document_key(person), 'document')
        else ''
    end as cnpj_cpf_do_socio,
    case
        when identificador_de_socio = '1' then '48'
        when identificador_de_socio = '3' then '38'
        when nature in ('2062', '2240') then pick(['49', '49', '49', '22'], partnership, 'role')
        when nature = '3085' then '19'
        when nature = '2054' then '10'
        when nature = '2321' then '65'
        else '16'
    end as qualificacao_socio,
    case
        when carries(carrier, 'impossible_entry') then impossible_date(partnership)
        when carries(carrier, 'zeros_entry') then '00000000'
        else date_text(entered)
    end as data_entrada_sociedade,
    case
        when carries(carrier, 'orphan_partner_country')
        then pick(['150', '994'], partnership, 'country')
        when identificador_de_socio = '3'
        then pick(
            if(person like '% other', ['607', '160'], ['249', '386', '063', '845', '275']),
            person, 'country'
        )
        else ''
    end as pais,
    identificador_de_socio = '3' or chance(partnership, 'represented', 0.02) as is_represented,
    if(is_represented, masked_cpf(partnership, 'representative'), '***000000**')
        as representante_legal,
    if(is_represented, person_name(draw(partnership, 'representative')), '')
        as nome_do_representante,
    if(is_represented, '17', '00') as qualificacao_representante,
    case identificador_de_socio
        when '1' then '0'
        else pick(
            ['2', '3', '3', '4', '4', '4', '5', '5', '5', '6', '6', '7', '7', '8', '9'],
            person, 'age'
        )
    end as faixa_etaria,
from drawn;
create view socios as from socios_of('partner');

create macro simples_of(state) as table
with copied as (
    select *, root(n) as cnpj_basico, 0 as copy from query_table(state) anti join vanished using (n)
    union all
    select *, root(n), 1 from query_table(state) where carries(n, 'simples_twice')
    union all
    select *, (99000000 + n // 10000)::varchar, 2
    from query_table(state) where carries(n, 'orphan_simples')
),
dated as (
    select
        *,
        case
            when carries(n, 'empty_option') then ''
            when chance(n, 'short null', 0.1) then '0'
            else '00000000'
        end as null_date,
    from copied
)
select
    n, copy,
    cnpj_basico,
    if(simples_since is not null and simples_until is null, 'S', 'N') as opcao_pelo_simples,
    if(
        carries(n, 'impossible_option'),
        impossible_date(n), coalesce(date_text(simples_since), null_date)
    ) as data_opcao_simples,
    coalesce(date_text(simples_until), null_date) as data_exclusao_simples,
    if(mei_since is not null and mei_until is null, 'S', 'N') as opcao_mei,
    coalesce(date_text(mei_since), null_date) as data_opcao_mei,
    coalesce(date_text(mei_until), null_date) as data_exclusao_mei,
from dated;
create view simples as from simples_of('taxation');

-- What the registry says of each establishment's status, once.
create view statuses as
select
    n, cnpj, situacao_cadastral as status_id,
    if(
        is_null_date(data_situacao_cadastral) or is_impossible_date(data_situacao_cadastral),
        null, strptime(data_situacao_cadastral, '%Y%m%d')::date
    ) as status_date,
    motivo_situacao_cadastral as reason_id,
from estabelecimentos
where copy = 0;

-- The truth behind the records.
create view addresses as
with read as (
    select
        *,
        case
            when regexp_full_match(cep, '[0-9]{8}') then cep[:5]
            when regexp_full_match(cep, '[0-9]{7}') and uf = 'SP' then '0' || cep[:4]
            else ''
        end as area,
        regexp_replace(street_type, '^[0-9]+A ', '') || ' ' || street as full_street,
        list_sort(list_transform(units, lambda unit: unit.word || ' ' || unit.value)) as doors,
        list_filter(doors, lambda door: regexp_matches(door, '^(QUADRA|LOTE) ')) as lot,
        case
            when number not in ('S/N', 'SN') then ltrim(number, '0')
            when len(lot) = 2 then array_to_string(lot, ' ')
        end as house,
        case
            when len(doors) > 0 then array_to_string(doors, ' ')
            when complemento = 'CASA CASA' then 'CASA'
            else complemento
        end as door,
    from estabelecimentos
    where copy = 0
)
select
    cnpj,
    if(
        uf = 'EX' or house is null, null,
        concat_ws('/', municipio, full_street, house, area)
    ) as building,
    building || '/' || door as unit,
    coalesce(spot[1] = 'o', false) as is_virtual_office,
from read;

create view complements as
select
    cnpj,
    case
        when complement_form = 'note' or complement_form = 'blocks' and len(units) = 1 then 'text'
        else complement_form
    end as form,
    map_from_entries(list_transform(units, lambda unit: (unit.word, unit.value))) as units,
from estabelecimentos
where copy = 0;

create view people as
select
    cnpj_basico as company_id, cnpj_cpf_do_socio as document, nome_socio as name,
    if(
        is_null_date(data_entrada_sociedade) or is_impossible_date(data_entrada_sociedade),
        null, strptime(data_entrada_sociedade, '%Y%m%d')::date
    ) as entry_date,
    person,
from socios
where copy = 0 and identificador_de_socio <> '1';

create view ownerships as
select distinct cnpj_cpf_do_socio[:8] as owner_id, cnpj_basico as company_id
from socios
where identificador_de_socio = '1';

create view mills as
select list(root(n) order by n) as company_ids
from company anti join vanished using (n)
where in_mill(n)
group by block(n);
