-- The code tables. Companies only use the codes written out here; the others are invented and
-- make up the number of rows the official files have. They are the same in every world.

-- The registry keeps activities that IBGE has retired, and companies keep them.
create table cnaes (
    codigo varchar, descricao varchar, weight int, is_retired boolean default false
);
insert into cnaes (codigo, descricao, weight) values
    ('4781400', 'Comércio varejista de artigos do vestuário e acessórios', 35),
    ('9602501', 'Cabeleireiros, manicure e pedicure', 28),
    ('7319002', 'Promoção de vendas', 28),
    ('8219999', 'Preparação de documentos e serviços especializados de apoio administrativo não especificados anteriormente', 20),
    ('5320202', 'Serviços de entrega rápida', 22),
    ('5611203', 'Lanchonetes, casas de chá, de sucos e similares', 24),
    ('5611201', 'Restaurantes e similares', 16),
    ('5612100', 'Serviços ambulantes de alimentação', 9),
    ('5620104', 'Fornecimento de alimentos preparados preponderantemente para consumo domiciliar', 14),
    ('4712100', 'Comércio varejista de mercadorias em geral, com predominância de produtos alimentícios - minimercados, mercearias e armazéns', 20),
    ('4711302', 'Comércio varejista de mercadorias em geral, com predominância de produtos alimentícios - supermercados', 3),
    ('4721102', 'Padaria e confeitaria com predominância de revenda', 5),
    ('4723700', 'Comércio varejista de bebidas', 9),
    ('4530703', 'Comércio a varejo de peças e acessórios novos para veículos automotores', 9),
    ('4520001', 'Serviços de manutenção e reparação mecânica de veículos automotores', 13),
    ('4744099', 'Comércio varejista de materiais de construção em geral', 7),
    ('4751200', 'Comércio varejista especializado de equipamentos e suprimentos de informática', 7),
    ('4751201', 'Comércio varejista especializado de equipamentos e suprimentos de informática', 0),
    ('4763601', 'Comércio varejista de brinquedos e artigos recreativos', 3),
    ('4771701', 'Comércio varejista de produtos farmacêuticos, sem manipulação de fórmulas', 5),
    ('4772500', 'Comércio varejista de cosméticos, produtos de perfumaria e de higiene pessoal', 12),
    ('4774100', 'Comércio varejista de artigos de óptica', 3),
    ('4782201', 'Comércio varejista de calçados', 5),
    ('4789099', 'Comércio varejista de outros produtos não especificados anteriormente', 10),
    ('4923002', 'Serviço de transporte de passageiros - locação de automóveis com motorista', 12),
    ('4930201', 'Transporte rodoviário de carga, exceto produtos perigosos e mudanças, municipal', 14),
    ('4930202', 'Transporte rodoviário de carga, exceto produtos perigosos e mudanças, intermunicipal, interestadual e internacional', 14),
    ('4399103', 'Obras de alvenaria', 16),
    ('4120400', 'Construção de edifícios', 8),
    ('4110700', 'Incorporação de empreendimentos imobiliários', 2),
    ('4321500', 'Instalação e manutenção elétrica', 11),
    ('4330404', 'Serviços de pintura de edifícios em geral', 7),
    ('1091102', 'Fabricação de produtos de padaria e confeitaria com predominância de produção própria', 5),
    ('1412601', 'Confecção de peças de vestuário, exceto roupas íntimas e as confeccionadas sob medida', 6),
    ('3101200', 'Fabricação de móveis com predominância de madeira', 4),
    ('0111301', 'Cultivo de arroz', 1),
    ('4619200', 'Representantes comerciais e agentes do comércio de mercadorias em geral não especializado', 6),
    ('6201501', 'Desenvolvimento de programas de computador sob encomenda', 7),
    ('6202300', 'Desenvolvimento e licenciamento de programas de computador customizáveis', 3),
    ('6204000', 'Consultoria em tecnologia da informação', 5),
    ('6209100', 'Suporte técnico, manutenção e outros serviços em tecnologia da informação', 6),
    ('6462000', 'Holdings de instituições não-financeiras', 4),
    ('6463800', 'Outras sociedades de participação, exceto holdings', 3),
    ('6810202', 'Aluguel de imóveis próprios', 4),
    ('6911701', 'Serviços advocatícios', 4),
    ('6920601', 'Atividades de contabilidade', 4),
    ('7020400', 'Atividades de consultoria em gestão empresarial, exceto consultoria técnica específica', 7),
    ('7112000', 'Serviços de engenharia', 4),
    ('7420001', 'Atividades de produção de fotografias, exceto aérea e submarina', 5),
    ('7490104', 'Atividades de intermediação e agenciamento de serviços e negócios em geral, exceto imobiliários', 4),
    ('8112500', 'Condomínios prediais', 4),
    ('8121400', 'Limpeza em prédios e em domicílios', 6),
    ('8211300', 'Serviços combinados de escritório e apoio administrativo', 6),
    ('8230001', 'Serviços de organização de feiras, congressos, exposições e festas', 8),
    ('8411600', 'Administração pública em geral', 1),
    ('8599604', 'Treinamento em desenvolvimento profissional e gerencial', 8),
    ('8630503', 'Atividade médica ambulatorial restrita a consultas', 6),
    ('8630504', 'Atividade odontológica', 4),
    ('9313100', 'Atividades de condicionamento físico', 4),
    ('9430800', 'Atividades de associações de defesa de direitos sociais', 6),
    ('9491000', 'Atividades de organizações religiosas ou filosóficas', 4),
    ('9511800', 'Reparação e manutenção de computadores e de equipamentos periféricos', 7),
    ('8888888', 'Atividade Econônica não informada', 0);
update cnaes set is_retired = true where codigo in ('4751200', '8888888');

create table motivos (codigo varchar, descricao varchar, weight int default 0);
insert into motivos (codigo, descricao) values
    ('00', 'SEM MOTIVO'),
    ('01', 'EXTINCAO POR ENCERRAMENTO LIQUIDACAO VOLUNTARIA'),
    ('02', 'INCORPORACAO'),
    ('03', 'FUSAO'),
    ('04', 'CISAO TOTAL'),
    ('05', 'ENCERRAMENTO DA FALENCIA'),
    ('09', 'NAO INICIO DE ATIVIDADE'),
    ('11', 'ANULACAO POR MULTICIPLIDADE'),
    ('15', 'INEXISTENCIA DE FATO'),
    ('18', 'INTERRUPCAO TEMPORARIA DAS ATIVIDADES'),
    ('21', 'PEDIDO DE BAIXA INDEFERIDA'),
    ('54', 'EXTINCAO - TRATAMENTO DIFERENCIADO DADO AS ME E EPP (LEI COMPLEMENTAR NUMERO 123/2006)'),
    ('63', 'OMISSAO DE DECLARACOES'),
    ('64', 'LOCALIZACAO DESCONHECIDA'),
    ('71', 'INAPTIDAO (LEI 11.941/2009 ART.54)'),
    ('72', 'DETERMINACAO JUDICIAL'),
    ('73', 'OMISSAO CONTUMAZ'),
    ('74', 'INCONSISTENCIA CADASTRAL');

-- ddd and cep (its first digits) let addresses agree with their town. IBGE has codes and a spelling
-- of its own; those of the invented ones follow below.
create table municipios (
    codigo varchar, descricao varchar, uf varchar, ddd varchar, cep varchar, weight int,
    codigo_ibge varchar, nome_ibge varchar
);
insert into municipios values
    ('7107', 'SAO PAULO', 'SP', '11', '01', 200, '3550308', 'São Paulo'),
    ('6001', 'RIO DE JANEIRO', 'RJ', '21', '2', 85, '3304557', 'Rio de Janeiro'),
    ('4123', 'BELO HORIZONTE', 'MG', '31', '30', 48, '3106200', 'Belo Horizonte'),
    ('9701', 'BRASILIA', 'DF', '61', '70', 46, '5300108', 'Brasília'),
    ('7535', 'CURITIBA', 'PR', '41', '80', 40, '4106902', 'Curitiba'),
    ('3849', 'SALVADOR', 'BA', '71', '40', 36, '2927408', 'Salvador'),
    ('8801', 'PORTO ALEGRE', 'RS', '51', '90', 36, '4314902', 'Porto Alegre'),
    ('1389', 'FORTALEZA', 'CE', '85', '60', 36, '2304400', 'Fortaleza'),
    ('9373', 'GOIANIA', 'GO', '62', '74', 32, '5208707', 'Goiânia'),
    ('2531', 'RECIFE', 'PE', '81', '50', 26, '2611606', 'Recife'),
    ('0255', 'MANAUS', 'AM', '92', '690', 22, '1302603', 'Manaus'),
    ('6291', 'CAMPINAS', 'SP', '19', '130', 22, '3509502', 'Campinas'),
    ('6477', 'GUARULHOS', 'SP', '11', '07', 20, '3518800', 'Guarulhos'),
    ('0427', 'BELEM', 'PA', '91', '66', 17, '1501402', 'Belém'),
    ('5403', 'UBERLANDIA', 'MG', '34', '384', 14, '3170206', 'Uberlândia'),
    ('7075', 'SAO BERNARDO DO CAMPO', 'SP', '11', '098', 13, '3548708', 'São Bernardo do Campo'),
    ('7057', 'SANTO ANDRE', 'SP', '11', '091', 13, '3547809', 'Santo André'),
    ('6969', 'RIBEIRAO PRETO', 'SP', '16', '140', 13, '3543402', 'Ribeirão Preto'),
    ('6789', 'OSASCO', 'SP', '11', '060', 12, '3534401', 'Osasco'),
    ('7099', 'SAO JOSE DOS CAMPOS', 'SP', '12', '122', 12, '3549904', 'São José dos Campos'),
    ('7145', 'SOROCABA', 'SP', '15', '180', 12, '3552205', 'Sorocaba'),
    ('9051', 'CAMPO GRANDE', 'MS', '67', '790', 14, '5002704', 'Campo Grande'),
    ('0921', 'SAO LUIS', 'MA', '98', '650', 13, '2111300', 'São Luís'),
    ('8105', 'FLORIANOPOLIS', 'SC', '48', '880', 13, '4205407', 'Florianópolis'),
    ('2785', 'MACEIO', 'AL', '82', '570', 12, '2704302', 'Maceió'),
    ('1761', 'NATAL', 'RN', '84', '590', 12, '2408102', 'Natal'),
    ('2051', 'JOAO PESSOA', 'PB', '83', '580', 12, '2507507', 'João Pessoa'),
    ('1219', 'TERESINA', 'PI', '86', '640', 11, '2211001', 'Teresina'),
    ('9067', 'CUIABA', 'MT', '65', '780', 11, '5103403', 'Cuiabá'),
    ('7667', 'LONDRINA', 'PR', '43', '860', 11, '4113700', 'Londrina'),
    ('8179', 'JOINVILLE', 'SC', '47', '892', 11, '4209102', 'Joinville'),
    ('3105', 'ARACAJU', 'SE', '79', '490', 9, '2800308', 'Aracaju'),
    ('7691', 'MARINGA', 'PR', '44', '870', 9, '4115200', 'Maringá'),
    ('4371', 'CONTAGEM', 'MG', '31', '320', 9, '3118601', 'Contagem'),
    ('4733', 'JUIZ DE FORA', 'MG', '32', '360', 9, '3136702', 'Juiz de Fora'),
    ('5865', 'NITEROI', 'RJ', '21', '240', 9, '3303302', 'Niterói'),
    ('5833', 'DUQUE DE CAXIAS', 'RJ', '21', '250', 9, '3301702', 'Duque de Caxias'),
    ('5869', 'NOVA IGUACU', 'RJ', '21', '260', 8, '3303500', 'Nova Iguaçu'),
    ('8599', 'CAXIAS DO SUL', 'RS', '54', '950', 8, '4305108', 'Caxias do Sul'),
    ('5705', 'VITORIA', 'ES', '27', '290', 8, '3205309', 'Vitória'),
    ('5703', 'VILA VELHA', 'ES', '27', '291', 8, '3205200', 'Vila Velha'),
    ('9227', 'APARECIDA DE GOIANIA', 'GO', '62', '749', 8, '5201405', 'Aparecida de Goiânia'),
    ('3515', 'FEIRA DE SANTANA', 'BA', '75', '440', 7, '2910800', 'Feira de Santana'),
    ('7071', 'SANTOS', 'SP', '13', '110', 7, '3548500', 'Santos'),
    ('8047', 'BLUMENAU', 'SC', '47', '890', 7, '4202404', 'Blumenau'),
    ('6219', 'BAURU', 'SP', '14', '170', 6, '3506003', 'Bauru'),
    ('5401', 'UBERABA', 'MG', '34', '380', 5, '3170107', 'Uberaba'),
    ('0003', 'PORTO VELHO', 'RO', '69', '768', 6, '1100205', 'Porto Velho'),
    ('9733', 'PALMAS', 'TO', '63', '770', 6, '1721000', 'Palmas'),
    ('0605', 'MACAPA', 'AP', '96', '689', 4, '1600303', 'Macapá'),
    ('0139', 'RIO BRANCO', 'AC', '68', '699', 4, '1200401', 'Rio Branco'),
    ('0301', 'BOA VISTA', 'RR', '95', '693', 3, '1400100', 'Boa Vista'),
    ('1603', 'ASSU', 'RN', '84', '59650', 0, '2400208', 'Açu'),
    ('1182', 'BOA ESPERANCA DO NORTE', 'MT', '66', '78880', 0, '5101837', 'Boa Esperança do Norte'),
    ('9707', 'EXTERIOR', 'EX', '', '00000000', 0, null, null);

-- IBGE's code of a region is the first digit of its states'.
create table ufs (codigo_ibge varchar, sigla varchar, nome varchar, regiao varchar);
insert into ufs values
    ('11', 'RO', 'Rondônia', 'Norte'), ('12', 'AC', 'Acre', 'Norte'),
    ('13', 'AM', 'Amazonas', 'Norte'), ('14', 'RR', 'Roraima', 'Norte'),
    ('15', 'PA', 'Pará', 'Norte'), ('16', 'AP', 'Amapá', 'Norte'),
    ('17', 'TO', 'Tocantins', 'Norte'), ('21', 'MA', 'Maranhão', 'Nordeste'),
    ('22', 'PI', 'Piauí', 'Nordeste'), ('23', 'CE', 'Ceará', 'Nordeste'),
    ('24', 'RN', 'Rio Grande do Norte', 'Nordeste'), ('25', 'PB', 'Paraíba', 'Nordeste'),
    ('26', 'PE', 'Pernambuco', 'Nordeste'), ('27', 'AL', 'Alagoas', 'Nordeste'),
    ('28', 'SE', 'Sergipe', 'Nordeste'), ('29', 'BA', 'Bahia', 'Nordeste'),
    ('31', 'MG', 'Minas Gerais', 'Sudeste'), ('32', 'ES', 'Espírito Santo', 'Sudeste'),
    ('33', 'RJ', 'Rio de Janeiro', 'Sudeste'), ('35', 'SP', 'São Paulo', 'Sudeste'),
    ('41', 'PR', 'Paraná', 'Sul'), ('42', 'SC', 'Santa Catarina', 'Sul'),
    ('43', 'RS', 'Rio Grande do Sul', 'Sul'), ('50', 'MS', 'Mato Grosso do Sul', 'Centro-Oeste'),
    ('51', 'MT', 'Mato Grosso', 'Centro-Oeste'), ('52', 'GO', 'Goiás', 'Centro-Oeste'),
    ('53', 'DF', 'Distrito Federal', 'Centro-Oeste');

create table naturezas (codigo varchar, descricao varchar, weight int default 0);
insert into naturezas (codigo, descricao) values
    ('0000', 'Natureza Jurídica não informada'),
    ('1015', 'Órgão Público do Poder Executivo Federal'),
    ('1244', 'Município'),
    ('2011', 'Empresa Pública'),
    ('2038', 'Sociedade de Economia Mista'),
    ('2046', 'Sociedade Anônima Aberta'),
    ('2054', 'Sociedade Anônima Fechada'),
    ('2062', 'Sociedade Empresária Limitada'),
    ('2135', 'Empresário (Individual)'),
    ('2143', 'Cooperativa'),
    ('2232', 'Sociedade Simples Pura'),
    ('2240', 'Sociedade Simples Limitada'),
    ('2305', 'Empresa Individual de Responsabilidade Limitada (de Natureza Empresária)'),
    ('2321', 'Sociedade Unipessoal de Advocacia'),
    ('3069', 'Fundação Privada'),
    ('3085', 'Condomínio Edilício'),
    ('3131', 'Entidade Sindical'),
    ('3220', 'Organização Religiosa'),
    ('3999', 'Associação Privada'),
    ('4120', 'Produtor Rural (Pessoa Física)'),
    ('5010', 'Organização Internacional');

create table paises (codigo varchar, descricao varchar, weight int default 0);
insert into paises (codigo, descricao) values
    ('013', 'AFEGANISTAO'), ('023', 'ALEMANHA'), ('040', 'ANGOLA'), ('063', 'ARGENTINA'),
    ('069', 'AUSTRALIA'), ('072', 'AUSTRIA'), ('087', 'BELGICA'), ('097', 'BOLIVIA'),
    ('105', 'BRASIL'), ('149', 'CANADA'), ('158', 'CHILE'), ('160', 'China, República Popular'),
    ('169', 'COLOMBIA'), ('232', 'DINAMARCA'), ('239', 'EQUADOR'), ('240', 'EGITO'),
    ('245', 'ESPANHA'), ('249', 'ESTADOS UNIDOS'), ('271', 'FINLANDIA'), ('275', 'FRANCA'),
    ('351', 'HONG-KONG'), ('361', 'INDIA'), ('375', 'IRLANDA'), ('383', 'ISRAEL'),
    ('386', 'ITALIA'), ('399', 'JAPAO'), ('445', 'LUXEMBURGO'), ('493', 'MEXICO'),
    ('538', 'NORUEGA'), ('573', 'Países Baixos (Holanda)'), ('580', 'PANAMA'),
    ('586', 'PARAGUAI'), ('589', 'PERU'), ('607', 'PORTUGAL'), ('628', 'REINO UNIDO'),
    ('741', 'CINGAPURA'), ('764', 'SUECIA'), ('767', 'SUICA'), ('845', 'URUGUAI'),
    ('850', 'VENEZUELA');

create table qualificacoes (codigo varchar, descricao varchar, weight int default 0);
insert into qualificacoes (codigo, descricao) values
    ('00', 'Não informada'),
    ('05', 'Administrador'),
    ('08', 'Conselheiro de Administração'),
    ('10', 'Diretor'),
    ('16', 'Presidente'),
    ('17', 'Procurador'),
    ('19', 'Síndico (Condomínio)'),
    ('20', 'Sociedade Consorciada'),
    ('22', 'Sócio'),
    ('28', 'Sócio-Gerente'),
    ('37', 'Sócio Pessoa Jurídica Domiciliado no Exterior'),
    ('38', 'Sócio Pessoa Física Residente no Exterior'),
    ('47', 'Sócio Pessoa Física Residente no Brasil'),
    ('48', 'Sócio Pessoa Jurídica Domiciliado no Brasil'),
    ('49', 'Sócio-Administrador'),
    ('50', 'Empresário'),
    ('54', 'Fundador'),
    ('65', 'Titular Pessoa Física Residente ou Domiciliado no Brasil');

-- Codes in the order of md5, which is as good as random and the same everywhere.
create macro unused_codes(domain, step, width, orphans, total) as table
select lpad(number::varchar, width, '0') as codigo
from range(step, (10 ** width)::bigint, step) as numbers(number)
where codigo not in (select codigo from query_table(domain))
    and not list_contains(orphans, codigo)
    and codigo > '01' -- hardly a real one begins with 00
order by md5(codigo)
limit (select total - count(*) from query_table(domain));

insert into cnaes
select
    codigo, 'Atividade inventada nº ' || codigo::int, 0, row_number() over (order by md5(codigo)) <= 25
from unused_codes('cnaes', 1003, 7, [], 1359);
insert into motivos
select codigo, 'MOTIVO INVENTADO ' || codigo, 0
from unused_codes('motivos', 1, 2, ['32'], 63);
insert into municipios
select
    codigo,
    ['VILA', 'NOVA', 'PORTO', 'MONTE', 'CAMPO', 'BARRA', 'LAGOA', 'SERRA'][1 + codigo::int % 8]
    || ' ' || word(md5_number_lower(codigo)) as descricao,
    ufs.sigla, '', '', 0, ufs.codigo_ibge || '9' || codigo, descricao
from unused_codes('municipios', 1, 4, [], 5572)
    join (select *, row_number() over (order by codigo_ibge) - 1 as place from ufs) as ufs
    on ufs.place = codigo::int % 27;
insert into naturezas
select codigo, 'Natureza Jurídica inventada ' || codigo, 0
from unused_codes('naturezas', 11, 4, [], 91);
insert into paises
select codigo, 'PAIS INVENTADO ' || codigo, 0
from unused_codes('paises', 1, 3, ['150', '994'], 255);
insert into qualificacoes
select codigo, 'Qualificação inventada ' || codigo, 0
from unused_codes('qualificacoes', 1, 2, ['36'], 68);

-- A row for each unit of weight: drawing a slot draws in proportion. Abroad is slot -1.
create table towns as
select
    row_number() over (order by codigo, unit) - 1 as slot,
    codigo, descricao, uf, ddd, cep,
from municipios, lateral (select unnest(range(weight)) as unit)
union all
select -1, codigo, descricao, uf, ddd, cep from municipios where uf = 'EX';
create table activities as
select
    row_number() over (order by codigo, unit) - 1 as slot, codigo,
    list_sort(list_distinct(list(codigo) over (partition by codigo[:2]))) as division,
from cnaes, lateral (select unnest(range(weight)) as unit);
create table slots as
select
    (select count(*) from towns where slot >= 0) as town_slots,
    (select min(slot) from towns where uf = 'SP' and cep[1] = '0') as paulistano_slot,
    (select count(*) from activities) as activity_slots;
create table secondary_activities as
with places as (
    select
        list, md5_number_lower(concat_ws('/', list, place)) % (select count(*) from activities)
            as slot,
    from range(1000) as lists(list), lateral (select unnest(range(1 + list % 9)) as place)
)
select list as slot, string_agg(distinct codigo, ',' order by codigo) as codigos
from places join activities using (slot)
group by list;
