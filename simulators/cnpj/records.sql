-- The records of a release: the state dressed in the official columns, with their quirks.
-- n and copy tell records apart; copy 1 is a record the files have twice.

create view empresas as
with copied as (
    from company select *, 0 as copy
    union all
    from company select *, 1 where carries_one_of(n, ['company_twice', 'company_twice_differing'])
),
named as (
    select
        *, root(n) as root, nature(n) as nature, draw(n, 'name') as name, draw(n, 'cpf') as cpf,
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
    if(
        nature = '2135', '01',
        pick(['01', '01', '01', '01', '03', '03', '05', '05', '05', ''], n, 'size')
    ) as porte,
    if(nature = '1244', towns.descricao || ' - ' || towns.uf, '') as ente_federativo_responsavel,
from named join towns on towns.slot = town_slot;

create view estabelecimentos as
with copied as (
    from establishment select *, 0 as copy
    union all
    from establishment select *, 1
    where branch = 1
        and carries_one_of(n, ['establishment_twice', 'establishment_twice_fax'])
),
keyed as (
    select
        *,
        -- Only headquarters carry a quirk.
        if(branch = 1, n, -1) as carrier,
        draw(cnpj, 'name') as name,
        concat(cnpj, '/', address_version) as place,
        carries(carrier, 'orphan_country') or chance(cnpj, 'abroad', 0.002) as is_abroad,
        -- Every other move stays in town.
        concat(cnpj, '/', (address_version + roll(cnpj, 'first move', 2)) // 2) as town,
        if(is_abroad, -1, roll(town, 'town', (select max(slot) + 1 from towns))) as town_slot,
        roll(cnpj, 'activity', (select count(*) from activities)) as activity_slot,
    from copied anti join vanished using (n)
),
addressed as (
    -- One in a hundred sits in the virtual office of its town.
    select
        *,
        if(
            address_version = 0 and chance(place, 'office', 0.01),
            concat('office ', towns.codigo), place
        ) as address,
    from keyed join towns on towns.slot = town_slot
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
    activities.codigo as cnae_fiscal_principal,
    if(chance(cnpj, 'secondary', 0.49), secondary_activities.codigos, '') as cnae_fiscal_secundaria,
    case
        when carries(carrier, 'ordinal_street') or chance(address, 'ordinal', 0.02) then pick(
            ['10A RUA', '10A RUA', '10A RUA', '10A AVENIDA', '11A RUA', '1A TRAVESSA'],
            address, 'ordinal type'
        )
        else pick(
            ['RUA', 'RUA', 'RUA', 'RUA', 'RUA', 'RUA', 'RUA', 'RUA', 'AVENIDA', 'AVENIDA',
             'AVENIDA', 'TRAVESSA', 'ALAMEDA', 'ESTRADA', 'RODOVIA', 'PRACA'],
            address, 'street type'
        )
    end as tipo_logradouro,
    case
        when carries(carrier, 'nul_street') then 'DAS' || chr(0) || ' FLORES'
        when carries(carrier, 'c1_street') then 'S' || chr(143) || 'O MIGUEL'
        when roll(address, 'known street', 3) = 0 then pick(
            ['DAS FLORES', 'QUINZE DE NOVEMBRO', 'SETE DE SETEMBRO', 'DOM PEDRO II', 'BRASIL',
             'PRIMEIRO DE MAIO', 'DAS ACACIAS', 'SAO JOSE', 'DA PAZ', 'DOS IPES', 'CENTRAL'],
            address, 'street'
        )
        else word(draw(address, 'street'))
    end as logradouro,
    case
        when address <> place then (100 + roll(address, 'number', 2000))::varchar
        when roll(address, 'form of number', 100) < 4 then 'S/N'
        when roll(address, 'form of number', 100) < 8 then 'SN'
        when roll(address, 'form of number', 100) < 9 then 'KM 0' || roll(address, 'number', 10)
        when roll(address, 'form of number', 100) < 11
        then lpad(roll(address, 'number', 3000)::varchar, 6, '0')
        else (1 + roll(address, 'number', 3000))::varchar
    end as numero,
    case
        when carries(carrier, 'newline_complement') then 'FUNDOS' || chr(10) || 'PORTAO 2'
        when carries(carrier, 'c1_complement') then 'SALA 2' || chr(150) || 'B'
        when carries(carrier, 'semicolon') or roll(place, 'form of complement', 1000) < 2
        then pick(['EM FRENTE A PRACA; PORTAO AZUL', 'PROXIMO AO MERCADO;'], place, 'complement')
        when carries(carrier, 'quote') or roll(place, 'form of complement', 1000) < 3
        then '"' || chr(65 + roll(place, 'letter', 8)) || '" - BECO DO POSTE'
        when carries(carrier, 'list') or roll(place, 'form of complement', 1000) < 30
        then 'QUADRA ' || roll(place, 'unit', 90) || ';LOTE ' || roll(place, 'second unit', 40)
        when roll(place, 'form of complement', 1000) < 45
        then 'LOTE: ' || roll(place, 'unit', 90) || '; SALA: ' || roll(place, 'second unit', 40)
            || ';'
        when carries(carrier, 'blocks') or roll(place, 'form of complement', 1000) < 90
        then rpad(pick(['CONJ', 'BLOCO', 'QUADRA', 'ANDAR', 'EDIF'], place, 'complement'), 6, ' ')
            || rpad((1 + roll(place, 'unit', 1900))::varchar, 20, ' ')
            || if(
                roll(place, 'three blocks', 10) = 0,
                rpad('PAVMTO' || roll(place, 'floor', 9), 26, ' '), ''
            )
            || rpad(pick(['SALA', 'APT', 'LOTE', 'LOJA'], place, 'second complement'), 6, ' ')
            || lpad(roll(place, 'second unit', 100)::varchar, 2, '0')
        when roll(place, 'form of complement', 1000) < 370
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
        when carries(carrier, 'postal_code') or chance(place, 'bad postal code', 0.001)
        then pick(['0', '0131010', '1310100', '0131010A'], place, 'bad postal code')
        else towns.cep || lpad(
            roll(address, 'postal code', 1000000)::varchar, (8 - len(towns.cep))::int, '0'
        )
    end as cep,
    towns.uf,
    towns.codigo as municipio,
    case
        when chance(cnpj, 'no phone', 0.16) or is_abroad then ''
        when chance(cnpj, 'long area code', 0.02) then '0' || towns.ddd
        else towns.ddd
    end as ddd_1,
    case
        when ddd_1 = '' then ''
        when chance(cnpj, 'short phone', 0.03)
        then '350' || lpad(roll(cnpj, 'phone', 10000)::varchar, 4, '0')
        else pick(['9900', '9900', '3500'], cnpj, 'kind of phone')
            || lpad(roll(cnpj, 'phone', 10000)::varchar, 4, '0')
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
        when roll(cnpj, 'mail', 100) < 22 then ''
        when roll(cnpj, 'mail', 100) < 23 then pick(['NAO TEM', 'WWW.EXAMPLE.COM'], cnpj, 'no mail')
        when roll(cnpj, 'mail', 100) < 28
        then 'CONTABILIDADE' || roll(cnpj, 'accountant', 40) || '@EXAMPLE.NET'
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
from addressed as towns
    join activities on activities.slot = activity_slot
    join secondary_activities
        on secondary_activities.slot = roll(cnpj, 'secondary activities', 1000);

create view socios as
with copied as (
    from partner select *, 0 as copy
    union all
    from partner select *, 1 where carries(n, 'partner_twice') and place = 0
),
keyed as (
    select
        *,
        -- Only the first partner carries a quirk.
        if(place = 0, n, -1) as carrier,
        concat(n, '/', place) as person,
        case
            when carries(carrier, 'orphan_partner_country') or chance(person, 'abroad', 0.005)
            then '3'
            when chance(person, 'owning company', 0.02) then '1'
            else '2'
        end as identificador_de_socio,
        roll(person, 'owning company', companies()) as owner,
        draw(person, 'name') as name,
        nature(n) as nature,
    from copied anti join vanished using (n)
)
select
    n, copy, person,
    root(n) as cnpj_basico,
    identificador_de_socio,
    if(
        identificador_de_socio = '1',
        legal_name(nature(owner), draw(owner, 'name')), person_name(name)
    ) as nome_socio,
    case identificador_de_socio
        when '1' then cnpj(owner, 1)
        when '2' then masked_cpf(person, 'document')
        else ''
    end as cnpj_cpf_do_socio,
    case
        when identificador_de_socio = '1' then '48'
        when identificador_de_socio = '3' then '38'
        when nature in ('2062', '2240') then pick(['49', '49', '49', '22'], person, 'role')
        when nature = '3085' then '19'
        when nature = '2054' then '10'
        when nature = '2321' then '65'
        else '16'
    end as qualificacao_socio,
    case
        when carries(carrier, 'impossible_entry') then impossible_date(person)
        when carries(carrier, 'zeros_entry') then '00000000'
        else date_text(entered)
    end as data_entrada_sociedade,
    case
        when carries(carrier, 'orphan_partner_country') then pick(['150', '994'], person, 'country')
        when identificador_de_socio = '3'
        then pick(['249', '607', '386', '160', '063', '845', '275'], person, 'country')
        else ''
    end as pais,
    identificador_de_socio = '3' or chance(person, 'represented', 0.02) as is_represented,
    if(is_represented, masked_cpf(person, 'representative'), '***000000**') as representante_legal,
    if(is_represented, person_name(draw(person, 'representative')), '') as nome_do_representante,
    if(is_represented, '17', '00') as qualificacao_representante,
    case identificador_de_socio
        when '1' then '0'
        else pick(
            ['2', '3', '3', '4', '4', '4', '5', '5', '5', '6', '6', '7', '7', '8', '9'],
            person, 'age'
        )
    end as faixa_etaria,
from keyed;

create view simples as
with copied as (
    select n, root(n) as cnpj_basico, opened, 0 as copy from company anti join vanished using (n)
    union all
    select n, root(n), opened, 1 from company where carries(n, 'simples_twice')
    union all
    select n, (99000000 + n // 10000)::varchar, opened, 2
    from company where carries(n, 'orphan_simples')
),
dated as (
    select
        *,
        roll(n, 'regime', 100) as die,
        case -- Simples and MEI, which is for sole proprietors; ex: was in both once
            when nature(n) = '2135'
            then case when die < 54 then 'SS' when die < 60 then 'SN' when die < 72 then 'ex' end
            when is_carrier(n) or die < 40 then 'SN'
        end as option,
        date_text(opened) as opted,
        date_text(greatest(opened, day_between(opened, first_extraction(), n, 'left simples')))
            as excluded,
        case
            when carries(n, 'empty_option') then ''
            when chance(n, 'short null', 0.1) then '0'
            else '00000000'
        end as null_date,
    from copied
    where is_carrier(n) or chance(n, 'has simples', 0.72)
)
select
    n, copy,
    cnpj_basico,
    coalesce(option in ('SS', 'SN'), false) as is_simples,
    coalesce(option = 'SS', false) as is_mei,
    if(is_simples, 'S', 'N') as opcao_pelo_simples,
    case
        when carries(n, 'impossible_option') then impossible_date(n)
        when option is null then null_date
        else opted
    end as data_opcao_simples,
    if(option = 'ex', excluded, null_date) as data_exclusao_simples,
    if(is_mei, 'S', 'N') as opcao_mei,
    if(is_mei or option = 'ex', opted, null_date) as data_opcao_mei,
    if(option = 'ex', excluded, null_date) as data_exclusao_mei,
from dated;

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
