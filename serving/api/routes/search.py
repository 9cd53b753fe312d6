"""Establishments by activity, place, status, size and name."""

import datetime as dt
import re
import unicodedata
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from serving.api.answers import Many, many
from serving.api.database import filtered, load_query
from serving.api.paging import Paged
from serving.api.problems import Problem, documented, flawed
from serving.api.routes.parameters import READ, OptionalUf

SEARCH, BY_NAME, CITIES = load_query("search"), load_query("search_by_name"), load_query("cities")
ELEMENT = load_query("search_element")
SECTION = """
    select min(division_id), max(division_id) from dim_cnae where section_id = %(section)s
"""
CITY_OF_IBGE = "select municipality_id from dim_municipality where ibge_municipality_id = %(ibge)s"
STATUSES = {
    "void": "01", "active": "02", "suspended": "03", "unfit": "04", "active_irregular": "05",
    "closed": "08",
}  # fmt: skip
SIZES = {"not_informed": "00", "micro": "01", "small": "03", "other": "05"}
FILTERS = {
    "city": "establishment.municipality_id = %(city)s",
    "first_cnae": "establishment.main_cnae_id between %(first_cnae)s and %(last_cnae)s",
    "uf": "establishment.uf = %(uf)s",
    "status": "establishment.status_id = %(status)s",
    # asked for row by row: they come in order already, and a page has few
    "size": "(select size_id from dim_company where company_id = establishment.company_id)"
    " = %(size)s",
}
AFTER = {"after_cnae": "(main_cnae_id, cnpj) > (%(after_cnae)s, %(after_cnpj)s)"}


class Found(BaseModel):
    """An establishment."""

    cnpj: str
    company_id: str
    legal_name: str | None
    trade_name: str | None
    is_headquarters: bool | None
    status_id: str | None
    status: str | None
    status_date: dt.date | None
    opened_date: dt.date | None
    size_id: str | None
    company_size: str | None
    main_cnae_id: str | None
    main_cnae_name: str | None
    municipality_id: str | None = Field(description="The Receita's code (TOM).")
    ibge_municipality_id: str | None
    municipality_name: str | None
    uf: str | None


def _plain_cnae(text: str) -> str:
    """A section's letter, or 2, 3, 5 or 7 digits."""
    plain = re.sub(r"[.\-/\s]", "", text).upper()
    if not re.fullmatch(r"[A-U]|[0-9]{2,3}|[0-9]{5}|[0-9]{7}", plain):
        raise ValueError(
            "must be a section (G), division (47), group (471), class (47.11-3)"
            " or subclass (4711-3/02)"
        )
    return plain


def _code_of(codes: dict[str, str]) -> BeforeValidator:
    return BeforeValidator(
        lambda value: codes.get(value.strip().lower(), value) if isinstance(value, str) else value
    )


def _capitals(text: str) -> str:
    return " ".join(text.upper().split())


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))


Cnae = Annotated[str, StringConstraints(max_length=20), AfterValidator(_plain_cnae)]
StatusCode = Annotated[Literal["01", "02", "03", "04", "05", "08"], _code_of(STATUSES)]
SizeCode = Annotated[Literal["00", "01", "03", "05"], _code_of(SIZES)]
City = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)]
Name = Annotated[
    str,
    StringConstraints(max_length=100),
    AfterValidator(_capitals),
    StringConstraints(min_length=2),
]

router = APIRouter(tags=["companies"], dependencies=READ, responses=documented(401, 403))


@router.get("/search", summary="Which establishments?", response_model=Many[Found])
async def search(
    request: Request,
    page: Paged,
    cnae: Annotated[
        Cnae | None,
        Query(
            description="Main activity at any level: section G, division 47, group 471,"
            " class 47.11-3, subclass 4711-3/02; dots and the like may be left out.",
            examples=["47"],
        ),
    ] = None,
    city: Annotated[
        City | None,
        Query(
            description="Name, IBGE's code (7 digits) or the Receita's (4, TOM).",
            examples=["São Paulo"],
        ),
    ] = None,
    uf: OptionalUf = None,
    status: Annotated[
        StatusCode | None, Query(description=f"{', '.join(STATUSES)}; or the code.")
    ] = None,
    size: Annotated[SizeCode | None, Query(description=f"{', '.join(SIZES)}; or the code.")] = None,
    name: Annotated[
        Name | None,
        Query(
            description="How the company's name or the trade name begins; in capitals or not, with"
            " accents or without, where the registry writes it without.",
        ),
    ] = None,
) -> Response:
    """At least an activity, a city or a name; the others narrow it down. In order of activity and
    CNPJ, with a name in that of names. An establishment whose main activity is not known is found
    by name only.
    """
    if cnae is None and city is None and name is None:
        raise flawed("cnae", "give this, city or name: uf, status and size only narrow those down")
    values: dict[str, Any] = {"uf": uf, "status": status, "size": size}
    values["city"] = None if city is None else await _municipality(request, city, uf)
    values["first_cnae"], values["last_cnae"] = await _range_of(request, cnae)
    if name is None:
        values |= page.after(after_cnae=str, after_cnpj=str)
        query, filters = SEARCH, FILTERS | AFTER
    else:
        values |= page.after(after_name=str, after_cnpj=str)
        values["forms"] = list({name, _without_accents(name)})
        query, filters = BY_NAME, FILTERS
    query = filtered(query.replace("{element}", ELEMENT), filters, values)
    return await many(request, query, values, page, "cnpj")


async def _range_of(request: Request, cnae: str | None) -> tuple[str | None, str | None]:
    """The first and the last subclass of an activity; sections are divisions in a row."""
    if cnae is None:
        return None, None
    first = last = cnae
    if cnae.isalpha():
        rows = await request.app.state.database.read(SECTION, {"section": cnae})
        first, last = rows[0]
        if first is None:
            raise flawed("cnae", "no sections are known: run armazem load reference, and dbt build")
    return first.ljust(7, "0"), last.ljust(7, "9")


async def _municipality(request: Request, city: str, uf: str | None) -> str:
    """The code of a city (TOM)."""
    database = request.app.state.database
    if city.isascii() and city.isdigit():
        if len(city) == 4:
            return city
        rows = await database.read(CITY_OF_IBGE, {"ibge": city})
        if not rows:
            raise flawed("city", "is no code of a municipality: IBGE's have 7 digits, TOM's 4")
        return rows[0][0]
    name = _capitals(_without_accents(city))
    values = {"plain_name": re.sub(r"[^A-Z0-9]", "", name), "registry_name": name, "uf": uf}
    rows = await database.read(CITIES, values)
    if not rows:
        raise flawed("city", f"no municipality{f' of {uf}' if uf else ''} has this name")
    if len(rows) > 1:
        where = ", ".join(str(uf or code) for code, _, uf in rows)
        candidates = [
            {"field": "city", "message": f"{name}, {uf}: code {code}"} for code, name, uf in rows
        ]
        raise Problem(422, f"city: there are several, in {where}: add uf", errors=candidates)
    return rows[0][0]
