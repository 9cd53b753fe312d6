-- A release as text: for a range of companies, each shard's lines and what is dirty in them.
-- Malformed records have a line and a fault but no columns, so that no quirk is counted in them.

create macro occurrences(dates, spelling) as len(list_filter(dates, lambda date: date = spelling));
create macro impossible_dates(dates) as
    len(list_filter(dates, lambda date: is_impossible_date(date)));
create macro unit_type() as
    '(APT   |BLOCO |CONJ  |SALA  |QUADRA|LOTE  |ANDAR |EDIF  |LOJA  |PAVMTO)';

create macro empresas_text(first, last) as table
with lines as (
    select
        *,
        shard(concat(n, '/', copy)) as shard,
        csv([
            cnpj_basico, razao_social, natureza_juridica, qualificacao_responsavel, capital_social,
            porte, ente_federativo_responsavel
        ]) as line,
        qualificacao_responsavel not in (select codigo from qualificacoes) as is_orphan,
    from empresas
    union all by name
    select n, shard(bad.line) as shard, bad.line, bad.fault
    from (
        select n, unnest(malformed([
            (98000000 + n // 10000)::varchar, 'CASA NOVA ' || word(draw(n, 'bad')) || ' LTDA',
            '2062', '49', '1000,00', '01', ''
        ])) as bad
        from company
        where carries(n, 'malformed')
    )
)
select
    shard,
    string_agg(line, '' order by draw(line, 'line'), line) as text,
    count(*) as records,
    count(*) filter (fault = 'bad_column_count') as bad_column_count,
    count(*) filter (fault = 'bad_quoting') as bad_quoting,
    sum(len(line) - len(replace(line, chr(0), ''))) as nul_bytes,
    count(*) filter (copy > 0) as duplicate_companies,
    count(*) filter (razao_social = '') as empty_names,
    count(*) filter (regexp_matches(razao_social, '(^|[^0-9])[0-9]{11}$')) as cpf_in_name,
    count(*) filter (regexp_matches(razao_social, '^[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3} '))
        as root_in_name,
    count(*) filter (capital_social = '999999999999,00') as placeholder_capital,
    count(*) filter (capital_social[1] = '-') as negative_capital,
    count(*) filter (is_orphan) as orphan_qualifications,
from lines
where n between first and last
group by shard;

create macro estabelecimentos_text(first, last) as table
with lines as (
    select
        *,
        [data_situacao_cadastral, data_inicio_atividade, data_situacao_especial] as dates,
        (shard(cnpj) + copy * (1 + roll(cnpj, 'other shard', 9))) % 10 as shard,
        csv([
            cnpj_basico, cnpj_ordem, cnpj_dv, identificador_matriz_filial, nome_fantasia,
            situacao_cadastral, data_situacao_cadastral, motivo_situacao_cadastral,
            nome_cidade_exterior, pais, data_inicio_atividade, cnae_fiscal_principal,
            cnae_fiscal_secundaria, tipo_logradouro, logradouro, numero,
            replace(complemento, '"', '""'), bairro, cep, uf, municipio, ddd_1, telefone_1, ddd_2,
            telefone_2, ddd_fax, fax, correio_eletronico, situacao_especial, data_situacao_especial
        ]) as line,
        motivo_situacao_cadastral not in (select codigo from motivos) as has_orphan_reason,
        pais <> '' and pais not in (select codigo from paises) as has_orphan_country,
    from estabelecimentos
    union all by name
    select n, shard(bad.line) as shard, bad.line, bad.fault
    from (
        select n, unnest(malformed([
            (98000000 + n // 10000)::varchar, '0001',
            with_check_digits((98000000 + n // 10000)::varchar || '0001')[13:], '1', '', '02',
            '20200102', '00', '', '', '20200102', '4781400', '', 'RUA',
            'DA NOVA ' || word(draw(n, 'bad')) || ' LTDA', 'S/N', '', 'CENTRO', '01310100', 'SP',
            '7107', '', '', '', '', '', '', '', '', ''
        ])) as bad
        from company
        where carries(n, 'malformed')
    )
)
select
    shard,
    string_agg(line, '' order by draw(line, 'line'), line) as text,
    count(*) as records,
    count(*) filter (fault = 'bad_column_count') as bad_column_count,
    count(*) filter (fault = 'bad_quoting') as bad_quoting,
    sum(len(line) - len(replace(line, chr(0), ''))) as nul_bytes,
    count(*) filter (
        regexp_matches(nome_fantasia || logradouro || complemento, '[\x{80}-\x{9f}]')
    ) as c1_bytes,
    count(*) filter (contains(nome_fantasia || complemento, chr(10))) as embedded_newlines,
    count(*) filter (contains(complemento, ';')) as embedded_semicolons,
    count(*) filter (contains(complemento, '"')) as doubled_quotes,
    sum(occurrences(dates, '0')) as null_dates_zero,
    sum(occurrences(dates, '00000000')) as null_dates_zeros,
    sum(occurrences(dates, '')) as null_dates_empty,
    sum(impossible_dates(dates)) as impossible_dates,
    count(*) filter (copy > 0) as duplicate_establishments,
    count(*) filter (has_orphan_reason) as orphan_reasons,
    count(*) filter (has_orphan_country) as orphan_countries,
    count(*) filter (regexp_full_match(
        complemento, '(' || unit_type() || '.{20})+' || unit_type() || '.{1,20}'
    )) as complement_blocks,
    count(*) filter (regexp_full_match(
        complemento, '[A-Z]+:? [0-9A-Z]+(; ?[A-Z]+:? [0-9A-Z]+)+;?'
    )) as complement_lists,
    count(*) filter (regexp_matches(tipo_logradouro, '^[0-9]+A ')) as ordinal_street_types,
    count(*) filter (regexp_matches(cnpj, '[A-Z]')) as alphanumeric_cnpjs,
    count(*) filter (not regexp_full_match(cep, '[0-9]{8}')) as invalid_postal_codes,
from lines
where n between first and last
group by shard;

create macro socios_text(first, last) as table
with lines as (
    select
        *,
        [data_entrada_sociedade] as dates,
        shard(partnership) as shard,
        csv([
            cnpj_basico, identificador_de_socio, nome_socio, cnpj_cpf_do_socio, qualificacao_socio,
            data_entrada_sociedade, pais, representante_legal, nome_do_representante,
            qualificacao_representante, faixa_etaria
        ]) as line,
        pais <> '' and pais not in (select codigo from paises) as is_orphan,
    from socios
    union all by name
    select n, shard(bad.line) as shard, bad.line, bad.fault
    from (
        select n, unnest(malformed([
            (98000000 + n // 10000)::varchar, '1', 'CASA NOVA ' || word(draw(n, 'bad')) || ' LTDA',
            '***000000**', '48', '20200102', '', '***000000**', '', '00', '0'
        ])) as bad
        from company
        where carries(n, 'malformed')
    )
)
select
    shard,
    string_agg(line, '' order by draw(line, 'line'), line) as text,
    count(*) as records,
    count(*) filter (fault = 'bad_column_count') as bad_column_count,
    count(*) filter (fault = 'bad_quoting') as bad_quoting,
    sum(len(line) - len(replace(line, chr(0), ''))) as nul_bytes,
    sum(occurrences(dates, '0')) as null_dates_zero,
    sum(occurrences(dates, '00000000')) as null_dates_zeros,
    sum(occurrences(dates, '')) as null_dates_empty,
    sum(impossible_dates(dates)) as impossible_dates,
    count(*) filter (copy > 0) as duplicate_partners,
    count(*) filter (is_orphan) as orphan_partner_countries,
from lines
where n between first and last
group by shard;

create macro simples_text(first, last) as table
with lines as (
    select
        *,
        [data_opcao_simples, data_exclusao_simples, data_opcao_mei, data_exclusao_mei] as dates,
        csv([
            cnpj_basico, opcao_pelo_simples, data_opcao_simples, data_exclusao_simples, opcao_mei,
            data_opcao_mei, data_exclusao_mei
        ]) as line,
    from simples
)
select
    0 as shard,
    string_agg(line, '' order by draw(line, 'line'), line) as text,
    count(*) as records,
    sum(occurrences(dates, '0')) as null_dates_zero,
    sum(occurrences(dates, '00000000')) as null_dates_zeros,
    sum(occurrences(dates, '')) as null_dates_empty,
    sum(impossible_dates(dates)) as impossible_dates,
    count(*) filter (copy = 1) as duplicate_simples,
    count(*) filter (copy = 2) as orphan_simples,
from lines
where n between first and last
having count(*) > 0;

create macro domain_text(domain) as table
select
    0 as shard,
    string_agg(csv([codigo, descricao]), '' order by codigo) as text,
    count(*) as records,
from query_table(domain);
