"""For programs written for Minha Receita or BrasilAPI: their address, words, types and errors."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from serving.api.answers import one
from serving.api.cnpj import masked, parse
from serving.api.database import load_query
from serving.api.problems import Problem, documented
from serving.api.routes.companies import CONTACTS
from serving.api.routes.parameters import READ

CNPJ_V1 = load_query("cnpj_v1")
NAMES = {400: "BadRequestError", 404: "NotFoundError"}


class Compatible(APIRoute):
    """Says what is wrong in ``message``, too."""

    def get_route_handler(self) -> Callable:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                problem.members["message"] = problem.detail
                if problem.status in NAMES:
                    problem.members["name"] = NAMES[problem.status]
                raise

        return handler


class Atividade(BaseModel):
    """cnaes_secundarios."""

    codigo: int
    descricao: str | None


class Socio(BaseModel):
    """qsa."""

    identificador_de_socio: int | None
    nome_socio: str
    cnpj_cpf_do_socio: str
    codigo_qualificacao_socio: int | None
    qualificacao_socio: str | None
    data_entrada_sociedade: dt.date | None
    codigo_pais: int | None
    pais: str | None
    cpf_representante_legal: str
    nome_representante_legal: str
    codigo_qualificacao_representante_legal: int
    qualificacao_representante_legal: str | None
    codigo_faixa_etaria: int
    faixa_etaria: str


class CnpjV1(BaseModel):
    """An establishment; regime_tributario is not known here."""

    cnpj: str
    identificador_matriz_filial: int
    descricao_identificador_matriz_filial: str
    razao_social: str
    nome_fantasia: str
    situacao_cadastral: int | None
    descricao_situacao_cadastral: str | None
    data_situacao_cadastral: dt.date | None
    motivo_situacao_cadastral: int | None
    descricao_motivo_situacao_cadastral: str | None
    nome_cidade_no_exterior: str
    codigo_pais: int | None
    pais: str | None
    data_inicio_atividade: dt.date | None
    cnae_fiscal: int | None
    cnae_fiscal_descricao: str | None
    descricao_tipo_de_logradouro: str
    logradouro: str
    numero: str
    complemento: str
    bairro: str
    cep: str
    uf: str
    codigo_municipio: int | None
    codigo_municipio_ibge: int | None
    municipio: str | None
    ddd_telefone_1: str | None
    ddd_telefone_2: str | None
    ddd_fax: str | None
    email: str | None
    situacao_especial: str
    data_situacao_especial: dt.date | None
    opcao_pelo_simples: bool | None
    data_opcao_pelo_simples: dt.date | None
    data_exclusao_do_simples: dt.date | None
    opcao_pelo_mei: bool | None
    data_opcao_pelo_mei: dt.date | None
    data_exclusao_do_mei: dt.date | None
    codigo_natureza_juridica: int | None
    natureza_juridica: str | None
    qualificacao_do_responsavel: int | None
    capital_social: float | None
    codigo_porte: int | None
    porte: str | None
    descricao_porte: str
    ente_federativo_responsavel: str
    regime_tributario: list[dict] | None
    qsa: list[Socio]
    cnaes_secundarios: list[Atividade]


router = APIRouter(
    tags=["compatible"],
    route_class=Compatible,
    dependencies=READ,
    responses=documented(401, 403, 404),
)


@router.get(
    "/cnpj/v1/{cnpj:path}",
    summary="An establishment, as BrasilAPI and Minha Receita tell it",
    response_model=CnpjV1,
)
async def cnpj_v1(
    request: Request,
    cnpj: Annotated[str, Path(max_length=200, examples=["11222333000181"])],
) -> Response:
    """The same fields and types; 400 for what is no CNPJ. Telephones and mailboxes are null unless
    the operator shows them, regime_tributario always.
    """
    try:
        asked = parse(cnpj)
    except ValueError:
        asked = None
    if asked is None or asked.cnpj is None:
        raise Problem(400, f"CNPJ {cnpj} inválido.")
    query = CNPJ_V1.format(contacts=CONTACTS[request.app.state.settings.show_contacts])
    missing = f"CNPJ {masked(asked.cnpj)} não encontrado."
    return await one(request, query, {"cnpj": asked.cnpj}, missing, wrap=False)
