{#
    The words that name a unit in an address complement, as [unit, own value, words]. A word with a
    value of its own says something even where none follows (`FUNDOS`), and keeps it in front of
    one that does (`LETRA A`). Words are part of a regular expression, so they are known before any
    table is read.
#}
{% macro address_unit_types() -%}
    {{ return([
        ['city_block', '', 'QUADRA QUADRAS QD QDA QDR QDRA Q'],
        ['lot', '', 'LOTE LOTES LT LTS'],
        ['building', '', 'EDIF EDIFICIO ED EDF COND CONDOMINIO PREDIO RESIDENCIAL RES RESID'],
        ['block', '', 'BLOCO BLOCOS BL BLC TORRE'],
        ['floor', '', 'ANDAR ANDARES AND PAVMTO PVMTO PAV PAVTO PAVIMENTO PISO'],
        ['floor', 'TERREO', 'TERREO TERR'],
        ['floor', 'SUBSOLO', 'SUBSOLO SUBSL'],
        ['floor', 'SOBRELOJA', 'SOBRELOJA SLJ SBL'],
        ['floor', 'MEZANINO', 'MEZANINO MZNINO'],
        ['house', '', 'CASA CASAS CS SOBRADO RESIDENCIA'],
        ['suite', '', 'CONJ CONJS CONJUNTO CJ CNJ SUITE GRUPO GRP'],
        ['room', '', 'SALA SALAS SL SLS SAL SALAO ESCRITORIO'],
        ['store', '', 'LOJA LOJAS LJ LJS LOJ'],
        ['apartment', '', 'APT APTS APTO APTOS AP APARTAMENTO'],
        ['apartment', 'COBERTURA', 'COBERTURA COB'],
        ['apartment', 'KITNET', 'KITNET KIT'],
        ['box', '', 'BOX BOXES BANCA STAND QUIOSQ QUIOSQUE'],
        ['shed', '', 'GALPAO GALPOES GLP BRCAO BARRACAO ARMZ ARMAZEM PAVLH PAVILHAO HANGAR'],
        ['po_box', '', 'CXPST'],
        ['kilometre', '', 'KM'],
        ['other_unit', 'LETRA', 'LETRA'],
        ['other_unit', 'FUNDOS', 'FUNDOS FUNDO FDS'],
        ['other_unit', 'FRENTE', 'FRENTE'],
        ['other_unit', 'ALTOS', 'ALTOS'],
        ['other_unit', 'ANEXO', 'ANEXO ANEXOS'],
        ['other_unit', 'PARTE', 'PARTE'],
        ['other_unit', 'LADO', 'LADO'],
        ['other_unit', 'SETOR', 'SETOR'],
        ['other_unit', 'GLEBA', 'GLEBA'],
        ['other_unit', 'MODULO', 'MODULO MODULOS MOD'],
        ['other_unit', 'ALA', 'ALA'],
        ['other_unit', 'AREA', 'AREA'],
        ['other_unit', 'PORTAO', 'PORTAO'],
        ['other_unit', 'ETAPA', 'ETAPA'],
        ['other_unit', 'UNIDADE', 'UNIDADE'],
        ['other_unit', 'GARAGEM', 'GARAGEM GARAGE VAGA'],
        ['other_unit', 'CHACARA', 'CHACARA CHAC'],
        ['other_unit', 'SITIO', 'SITIO'],
        ['other_unit', 'FAZENDA', 'FAZENDA FAZ'],
        ['other_unit', 'LOTEAMENTO', 'LOTEAMENTO LOT'],
    ]) }}
{%- endmacro %}

{# The columns that address complements are read into. #}
{% macro address_units() -%}
    {{ return(address_unit_types() | map(attribute=0) | unique | reject('eq', 'kilometre') | list) }}
{%- endmacro %}
