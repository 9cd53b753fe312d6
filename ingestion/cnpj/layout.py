"""The official layout of the registry: ten kinds of file, their columns and their names.

Source: ``cnpj-metadados.pdf`` of the Receita Federal. Every column is text; names are the source's.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of file: the raw table it fills, how its files are named, what they hold."""

    table: str
    archive: str  # name of the zip, without shard number and ending
    marker: str  # identifier inside the official inner name
    shards: int  # number of files in a release; a single file has no shard number
    columns: tuple[str, ...]
    key: tuple[str, ...] = (r"[0-9]{2,7}",)  # patterns of the first columns, which are its key

    @property
    def archives(self) -> list[str]:
        """Names of the kind's files in a complete release, without ending."""
        if self.shards == 1:
            return [self.archive]
        return [f"{self.archive}{shard}" for shard in range(self.shards)]


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_ROOT = "[0-9A-Z]{8}"
_CODES = _columns("codigo descricao")

KINDS = (
    Kind(
        "empresas", "Empresas", "EMPRECSV", 10,
        _columns(
            """
            cnpj_basico razao_social natureza_juridica qualificacao_responsavel capital_social
            porte ente_federativo_responsavel
            """
        ),
        key=(_ROOT,),
    ),
    Kind(
        "estabelecimentos", "Estabelecimentos", "ESTABELE", 10,
        _columns(
            """
            cnpj_basico cnpj_ordem cnpj_dv identificador_matriz_filial nome_fantasia
            situacao_cadastral data_situacao_cadastral motivo_situacao_cadastral
            nome_cidade_exterior pais data_inicio_atividade cnae_fiscal_principal
            cnae_fiscal_secundaria tipo_logradouro logradouro numero complemento bairro cep uf
            municipio ddd_1 telefone_1 ddd_2 telefone_2 ddd_fax fax correio_eletronico
            situacao_especial data_situacao_especial
            """
        ),
        key=(_ROOT, "[0-9A-Z]{4}", "[0-9]{2}"),
    ),
    Kind(
        "socios", "Socios", "SOCIOCSV", 10,
        _columns(
            """
            cnpj_basico identificador_de_socio nome_socio cnpj_cpf_do_socio qualificacao_socio
            data_entrada_sociedade pais representante_legal nome_do_representante
            qualificacao_representante faixa_etaria
            """
        ),
        key=(_ROOT,),
    ),
    Kind(
        "simples", "Simples", "SIMPLES", 1,
        _columns(
            """
            cnpj_basico opcao_pelo_simples data_opcao_simples data_exclusao_simples opcao_mei
            data_opcao_mei data_exclusao_mei
            """
        ),
        key=(_ROOT,),
    ),
    Kind("cnaes", "Cnaes", "CNAECSV", 1, _CODES),
    Kind("motivos", "Motivos", "MOTICSV", 1, _CODES),
    Kind("municipios", "Municipios", "MUNICCSV", 1, _CODES),
    Kind("naturezas", "Naturezas", "NATJUCSV", 1, _CODES),
    Kind("paises", "Paises", "PAISCSV", 1, _CODES),
    Kind("qualificacoes", "Qualificacoes", "QUALSCSV", 1, _CODES),
)  # fmt: skip
