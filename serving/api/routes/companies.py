"""Companies: as they are, as they were, and what speaks against them."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from serving.api.answers import Many, One, many, one
from serving.api.cnpj import Asked, Cnpj
from serving.api.database import filtered, load_query
from serving.api.paging import Paged
from serving.api.problems import Problem, documented
from serving.api.routes.parameters import READ, PastDay

COMPANY, THEN = load_query("company"), load_query("company_then")
HISTORY, FIRST_OBSERVED = load_query("company_history"), load_query("first_observed")
RISK_SCORE = load_query("risk_score")
CONTACTS = {True: load_query("contacts"), False: load_query("no_contacts")}
UNKNOWN = "no company or establishment has this CNPJ"


class Company(BaseModel):
    """What is of the company as a whole."""

    company_id: str
    legal_name: str | None
    legal_nature_id: str | None
    legal_nature_name: str | None
    size_id: str | None
    company_size: str | None
    capital_amount: float | None
    has_placeholder_capital: bool | None
    responsible_qualification_id: str | None
    responsible_qualification_name: str | None
    federative_entity: str | None
    headquarters_cnpj: str | None
    status_id: str | None = Field(description="Of the headquarters.")
    status: str | None
    establishment_count: int | None
    active_establishment_count: int | None
    branch_count: int | None
    open_branch_count: int | None
    closed_branch_count: int | None
    ufs: str | None = Field(description="States it is in, separated by commas.")
    first_opened_date: dt.date | None
    last_opened_date: dt.date | None
    is_simples: bool | None
    simples_since_date: dt.date | None
    simples_until_date: dt.date | None
    is_mei: bool | None
    mei_since_date: dt.date | None
    mei_until_date: dt.date | None


class Activity(BaseModel):
    """An economic activity (CNAE)."""

    cnae_id: str
    cnae_name: str | None


class Status(BaseModel):
    """A status, as the registry tells it."""

    status_id: str | None
    status: str | None
    status_date: dt.date | None
    status_reason_id: str | None
    status_reason_name: str | None
    special_status: str | None
    special_status_date: dt.date | None


class Establishment(Status):
    """Headquarters or a branch."""

    cnpj: str
    is_headquarters: bool | None
    trade_name: str | None
    opened_date: dt.date | None
    main_cnae_id: str | None
    main_cnae_name: str | None
    secondary_activities: list[Activity]
    street_type: str | None
    street: str | None
    street_number: str | None
    complement: str | None
    district: str | None
    postal_code: str | None
    municipality_id: str | None = Field(description="The Receita's code (TOM).")
    ibge_municipality_id: str | None
    municipality_name: str | None
    uf: str | None
    country_id: str | None
    country_name: str | None
    foreign_city: str | None
    phone_1: str | None = Field(description="Contacts are null unless the operator shows them.")
    phone_2: str | None
    fax: str | None
    email: str | None


class Partner(BaseModel):
    """A partner or administrator; documents of people are masked."""

    partner_kind: str | None
    partner_name: str | None
    partner_document: str | None
    qualification_id: str | None
    qualification_name: str | None
    entry_date: dt.date | None
    age_band: str | None
    country_name: str | None
    representative_name: str | None
    representative_document: str | None
    representative_qualification_name: str | None


class Risk(BaseModel):
    """Signals, summed up; /risk-score says which."""

    score: int
    risk_level: str
    flag_count: int
    rule_version: int


class CompanyNow(BaseModel):
    """A company in the newest release."""

    company: Company | None = Field(description="Null where the registry lacks it.")
    establishment: Establishment | None = Field(description="Null for a root without headquarters.")
    partners: list[Partner]
    risk: Risk | None


class CompanyThen(Status):
    """What was known on a day. Of names, addresses and partners there are but changes: /history."""

    known_on: dt.date
    cnpj: str
    company_id: str
    is_headquarters: bool | None
    is_published: bool = Field(description="False while the registry did not publish it.")
    shown_from_date: dt.date = Field(description="Date of the first release that showed this.")
    shown_until_date: dt.date | None = Field(description="Of the first that showed something else.")


class StatusEvent(Status):
    """A version of the status."""

    kind: Literal["status"]
    observed_date: dt.date
    until_date: dt.date | None
    is_published: bool
    is_headquarters: bool | None


class ChangeEvent(BaseModel):
    """A change, as in /changes."""

    kind: Literal["change"]
    observed_date: dt.date
    changed_date: dt.date | None
    change_kind: str
    before_value: str | None
    after_value: str | None
    cnpj: str | None = Field(description="Null for what changed of the company as a whole.")


class Flag(BaseModel):
    """A rule that applies, and why."""

    rule_id: str
    family: str
    severity: str
    points: int
    evidence: str | None
    evidence_count: int | None


class RiskScore(BaseModel):
    """The flags' points, summed up to 100: an order to look at companies in, and no verdict."""

    company_id: str
    score: int
    risk_level: str
    is_mei: bool | None
    rule_version: int
    flags: list[Flag]


router = APIRouter(
    tags=["companies"],
    dependencies=READ,
    responses=documented(401, 403, 404),
)


@router.get(
    "/company/{cnpj:path}/history",
    summary="What changed of a company?",
    response_model=Many[StatusEvent | ChangeEvent],
)
async def history(request: Request, asked: Asked, page: Paged) -> Response:
    """Statuses of an establishment (of a root: its headquarters) since they are observed, and what
    changed of it and of its company as a whole; oldest first.
    """
    cnpj, _ = await _observed(request, asked)
    values = page.after(observed_date=str, after_kind=str, after_key=str)
    query = filtered(
        HISTORY,
        {
            "after_key": "(observed_date, kind, event_key)"
            " > (%(observed_date)s::date, %(after_kind)s, %(after_key)s)"
        },
        values,
    )
    values |= {"cnpj": cnpj, "company_id": asked.company_id}
    return await many(request, query, values, page, "cnpj")


@router.get(
    "/company/{cnpj:path}",
    summary="Who is it?",
    response_model=One[CompanyNow | CompanyThen],
)
async def company(
    request: Request,
    asked: Asked,
    as_of: Annotated[
        PastDay | None,
        Query(
            description="What was known on this day, instead of now. It has the status alone, of"
            " which there is a history; 404 before the first release that showed it.",
        ),
    ] = None,
) -> Response:
    """A company, the establishment that is asked for (of a root: the headquarters), partners."""
    values = {"cnpj": asked.cnpj, "company_id": asked.company_id}
    if as_of is None:
        contacts = CONTACTS[request.app.state.settings.show_contacts]
        return await one(request, COMPANY.format(contacts=contacts), values, UNKNOWN)
    cnpj, first = await _observed(request, asked)
    return await one(
        request,
        THEN,
        {"cnpj": cnpj, "day": as_of},
        missing=f"nothing is known of it on {as_of}: the first release that shows it is of {first}",
    )


@router.get(
    "/risk-score/{cnpj:path}",
    summary="What speaks against a company?",
    response_model=One[RiskScore],
)
async def risk_score(request: Request, asked: Asked) -> Response:
    """The score of a company, whichever of its establishments is asked for, with its evidence."""
    values = {"cnpj": asked.cnpj, "company_id": asked.company_id}
    return await one(request, RISK_SCORE, values, UNKNOWN)


async def _observed(request: Request, asked: Cnpj) -> tuple[str, dt.date]:
    """The establishment that is meant, and the date of the first release that showed it."""
    values = {"cnpj": asked.cnpj, "company_id": asked.company_id}
    rows = await request.app.state.database.read(FIRST_OBSERVED, values)
    if not rows:
        raise Problem(404, UNKNOWN)
    return rows[0]
