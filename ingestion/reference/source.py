"""The code lists as a dlt source."""

import csv
import io
import json
from functools import partial
from typing import Any

import dlt
import requests
from dlt.extract import DltResource
from dlt.sources.helpers.requests import Client
from dlt.sources.rest_api import RESTAPIConfig, rest_api_resources

from ingestion.reference.settings import Settings
from warehouse import UserError

MUNICIPALITIES = "v1/localidades/municipios"
SUBCLASSES = "v2/cnae/subclasses"

# Per list, its columns and where in an element they are. The first column is the key.
COLUMNS = {
    "municipios": {
        "id": "id",
        "nome": "nome",
        # the newest municipalities are in no microrregiao
        "uf_sigla": "regiao-imediata.regiao-intermediaria.UF.sigla",
    },
    "subclasses": {
        "id": "id",
        "descricao": "descricao",
        "classe_id": "classe.id",
        "classe_descricao": "classe.descricao",
        "grupo_id": "classe.grupo.id",
        "grupo_descricao": "classe.grupo.descricao",
        "divisao_id": "classe.grupo.divisao.id",
        "divisao_descricao": "classe.grupo.divisao.descricao",
        "secao_id": "classe.grupo.divisao.secao.id",
        "secao_descricao": "classe.grupo.divisao.secao.descricao",
    },
    "tabmun": {name: name for name in ("codigo_siafi", "cnpj", "nome", "uf", "codigo_ibge")},
}


def addresses(settings: Settings) -> dict[str, str]:
    """Per list, where it is asked for."""
    return {
        "municipios": f"{settings.ibge_url}/{MUNICIPALITIES}",
        "subclasses": f"{settings.ibge_url}/{SUBCLASSES}",
        "tabmun": settings.tabmun_url,
    }


@dlt.source(name="reference", max_table_nesting=0)
def reference(settings: Settings) -> list[DltResource]:
    """Yield the resources ``municipios``, ``subclasses`` and ``tabmun``: flat rows, all text.

    What is empty is None. A row that has nothing of what is expected is all None. A CSV that is
    none raises UserError, inside dlt's own errors.
    """
    client = Client(
        request_timeout=settings.timeout_seconds,
        raise_for_status=False,
        request_max_attempts=settings.attempts,
        request_backoff_factor=settings.backoff_seconds,
    )
    actions = {"tabmun": [_csv_as_json]}
    config: RESTAPIConfig = {
        "client": {
            "base_url": settings.ibge_url,
            "paginator": "single_page",
            "session": client.session,
        },
        "resources": [
            {
                "name": name,
                "endpoint": {
                    "path": address,
                    "data_selector": "$",
                    "response_actions": actions.get(name, []),
                },
                "processing_steps": [{"map": partial(_flat, COLUMNS[name])}],
            }
            for name, address in addresses(settings).items()
        ],
    }
    return rest_api_resources(config)


def _flat(columns: dict[str, str], element: Any) -> dict[str, str | None]:
    return {name: _text(element, path) for name, path in columns.items()}


def _text(element: Any, path: str) -> str | None:
    """What is at a path of names, without blanks around it; None where there is nothing."""
    for name in path.split("."):
        element = element.get(name) if isinstance(element, dict) else None
    return None if element is None else str(element).strip() or None


def _csv_as_json(response: requests.Response, *_: Any, **__: Any) -> requests.Response:
    """Let the table (latin-1, no header, names padded with blanks) be as an API would give it."""
    if not response.ok:
        return response
    columns, rows = list(COLUMNS["tabmun"]), []
    lines = csv.reader(io.StringIO(response.content.decode("latin-1"), newline=""), delimiter=";")
    try:
        for fields in filter(None, lines):
            if len(fields) != len(columns):
                raise UserError(f"line {lines.line_num} has not {len(columns)} fields")
            rows.append(dict(zip(columns, fields, strict=True)))
    except csv.Error as error:
        raise UserError(str(error)) from error
    response._content = json.dumps(rows).encode()
    return response
