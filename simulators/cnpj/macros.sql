-- Names and the registry's own arithmetic.

-- Check digits: a character counts as its ASCII code less 48, the weights run 2..9 from the right.
create macro check_digit(digits) as (
    11 - list_sum([
        (ord(digits[i]) - 48) * (2 + (len(digits) - i) % 8) for i in range(1, len(digits) + 1)
    ]) % 11
) % 11 % 10;
create macro with_check_digits(base) as
    list_reduce([base, '', ''], lambda digits, _: digits || check_digit(digits));
create macro cpf_check_digit(digits) as (
    11 - list_sum([digits[i]::int * (11 - i) for i in range(1, 10)]) % 11
) % 11 % 10;

-- Roots no real company has yet. 98 and 99 millions are for rows that belong to no company.
create macro root(n) as case
    when carries(n, 'alphanumeric_root') or chance(n, 'alphanumeric', 0.0005)
    -- digit for letter at fixed places: one root for one number
    then translate(left((70000000 + n)::varchar, 1), '789', 'KRW')
        || substr((70000000 + n)::varchar, 2, 4)
        || translate(substr((70000000 + n)::varchar, 6, 1), '0123456789', 'ABCDEFGHJX')
        || right((70000000 + n)::varchar, 2)
    else (70000000 + n)::varchar
end;
create macro branches(n) as case
    when carries(n, 'alphanumeric_branch') or seat(n) in (71, 110) then 1
    when chance(n, 'branches', 0.0002) then 20 + roll(n, 'many branches', 40)
    when chance(n, 'branches', 0.018) then 1 + roll(n, 'few branches', 3)
    else 0
end;
-- Branch 1 is the headquarters; in a few companies it has moved to the second number.
create macro cnpj(n, branch) as with_check_digits(root(n) || case
    when carries(n, 'alphanumeric_branch') and branch = 2 then 'E08G'
    when branch > 2 and chance(concat(n, '/', branch), 'alphanumeric', 0.005)
    then 'E' || lpad(branch::varchar, 2, '0') || chr(65 + roll(n, 'letter', 26))
    when branch <= 2 and branches(n) > 0 and chance(n, 'headquarters moved', 0.03)
    then lpad((3 - branch)::varchar, 4, '0')
    else lpad(branch::varchar, 4, '0')
end);

create macro nature(n) as case
    when is_carrier(n) or has_planned_partner(n) then '2062'
    when roll(n, 'nature', 1000) < 690 then '2135'
    when roll(n, 'nature', 1000) < 940 then '2062'
    else pick(
        ['3999', '3999', '3085', '3220', '2240', '2321', '2054', '2143', '1244'], n, 'rare nature'
    )
end;

-- Invented words: nobody is called so.
create macro word(number) as
    ['BRE', 'CA', 'DO', 'ELI', 'FLA', 'GUI', 'JU', 'LU', 'MAVE', 'NO', 'OTA', 'PA', 'QUE', 'RU',
     'SI', 'TA', 'URI', 'VE', 'XI', 'ZO'][1 + (number % 20)::int]
    || ['BA', 'CHE', 'DI', 'FO', 'GRA', 'LHO', 'MU', 'NE', 'PRI', 'QUO', 'RRA', 'SSE', 'TI', 'VO',
        'XU', 'ZA'][1 + (number // 20 % 16)::int]
    || ['DALVO', 'DETE', 'DRIM', 'GOSA', 'LIANE', 'LINDO', 'MAR', 'NESTO', 'NIDE', 'RANTE', 'RIGA',
        'SANTO', 'TELO', 'VANIA', 'VARES', 'ZONDE'][1 + (number // 320 % 16)::int];
create macro person_name(number) as
    word(number) || ' ' || word(number // 5120)
    || ['', '', ' DA', ' DE', ' DOS'][1 + (number // 134217728000 % 5)::int]
    || ' ' || word(number // 26214400);
create macro trade_name(number) as
    ['MERCEARIA', 'PADARIA', 'OFICINA', 'STUDIO', 'BAZAR', 'CAFÉ', 'CONFECÇÕES', 'LANCHES', 'TECH',
     'TRANSPORTES', 'PÃES E DOCES', 'MODAS', 'CONSTRUÇÕES', 'SALÃO', 'DROGARIA'
    ][1 + (number // 5120 % 15)::int] || ' ' || word(number);
create macro legal_name(nature, number) as case nature
    when '2135' then person_name(number)
    when '3999' then 'ASSOCIACAO ' || word(number) || ' DE MORADORES'
    when '3085' then 'CONDOMINIO EDIFICIO ' || word(number)
    when '3220' then 'COMUNIDADE RELIGIOSA ' || word(number)
    when '1244' then 'MUNICIPIO DE ' || word(number)
    when '2321' then word(number) || ' SOCIEDADE INDIVIDUAL DE ADVOCACIA'
    when '2143' then 'COOPERATIVA ' || word(number)
    else word(number) || ' ' || word(number // 5120) || ' '
        || ['COMERCIO', 'SERVICOS', 'TRANSPORTES', 'ALIMENTOS', 'CONSULTORIA', 'PARTICIPACOES',
            'ENGENHARIA', 'TECNOLOGIA', 'CONFECCOES', 'REPRESENTACOES'
           ][1 + (number // 26214400 % 10)::int]
        || if(nature = '2054', ' S.A.', ' LTDA')
end;
-- The first check digit is off by one to nine, so no real person can have the number.
create macro invented_cpf(number) as list_transform(
    [lpad((number % 1000000000)::varchar, 9, '0')],
    lambda digits: digits
        || (cpf_check_digit(digits) + 1 + number // 1000000000 % 9) % 10
        || number // 9000000000 % 10
)[1];
create macro masked_cpf(key, salt) as
    '***' || lpad(roll(key, salt, 1000000)::varchar, 6, '0') || '**';

create macro capital(n, version) as case
    when carries(n, 'placeholder_capital') then '999999999999,00'
    when carries(n, 'negative_capital') then '-' || (1 + roll(n, 'capital', 5000)) || ',00'
    else pick(
            [0, 1, 500, 1000, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 1500000], n, 'capital'
        )
        + version * (1000 + roll(n, 'capital step', 50) * 1000)
        || case when chance(n, 'cents', 0.1) then ',' || (10 + roll(n, 'cents', 90)) else ',00' end
end;

create macro date_text(value) as strftime(value, '%Y%m%d');
create macro impossible_date(key) as
    pick(['20230231', '2021221', '41000101', '02020101'], key, 'impossible date');
create macro is_null_date(value) as value in ('', '0', '00000000');
create macro is_impossible_date(value) as not (
    is_null_date(value)
    or (
        regexp_full_match(value, '(18|19|20)[0-9]{6}')
        and try_strptime(value, '%Y%m%d') is not null
    )
);

-- Files: shard 0 is six times larger than the others.
create macro shard(key) as greatest(roll(key, 'shard', 15) - 5, 0);
create macro csv(fields) as '"' || array_to_string(fields, '";"') || '"' || chr(10);
-- Records no strict reader can take. The fields hold ' NOVA ' and, before a filled one, 'LTDA'.
create macro malformed(fields) as [
    {fault: 'bad_column_count', line: csv(fields[:-2])},
    {fault: 'bad_column_count', line: csv(list_append(fields, ''))},
    {fault: 'bad_quoting', line: replace(csv(fields), ' NOVA ', ' "NOVA" ')},
    {fault: 'bad_quoting', line: replace(csv(fields), ' LTDA"', ' LTDA')},
];
