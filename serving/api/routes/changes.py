"""What changed in the registry."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from serving.api.answers import Many, many
from serving.api.database import filtered, load_query
from serving.api.paging import Paged
from serving.api.problems import documented
from serving.api.routes.parameters import READ, OptionalUf

CHANGES = load_query("changes")
FILTERS = {
    "since": "observed_date >= %(since)s",
    "until": "observed_date <= %(until)s",
    "kind": "change_kind = %(kind)s",
    # asked for row by row: they come in order already, and a page has few
    "uf": "coalesce("
    "(select uf from dim_establishment where cnpj = changes.cnpj),"
    " (select uf from dim_company where company_id = changes.company_id)) = %(uf)s",
    "after_key": "(observed_date, change_kind, change_key)"
    " > (%(after_date)s::date, %(after_kind)s, %(after_key)s)",
}
ChangeKind = Literal[
    "opened", "reactivated", "suspended", "unfit", "void", "active_irregular", "closed",
    "status_unknown", "unpublished", "republished", "first_shown", "moved", "address_amended",
    "trade_name_changed", "activity_changed", "renamed", "legal_nature_changed", "size_changed",
    "capital_changed", "simples_in", "simples_out", "mei_in", "mei_out", "partner_in",
    "partner_out", "partner_terms_changed",
]  # fmt: skip


class Change(BaseModel):
    """A change that a release showed against the one before it."""

    change_key: str
    observed_date: dt.date = Field(description="Of the first release that shows it.")
    changed_date: dt.date | None = Field(description="By the registry's account.")
    change_kind: str
    company_id: str
    cnpj: str | None = Field(description="Null for what changed of the company as a whole.")
    legal_name: str | None
    uf: str | None
    main_cnae_id: str | None
    before_value: str | None
    after_value: str | None


router = APIRouter(tags=["companies"], dependencies=READ, responses=documented(401, 403))


@router.get("/changes", summary="What changed?", response_model=Many[Change])
async def changes(
    request: Request,
    page: Paged,
    since: Annotated[
        dt.date | None, Query(description="Observed on this day or later.", examples=["2026-06-01"])
    ] = None,
    until: Annotated[dt.date | None, Query(description="On this day or before.")] = None,
    kind: Annotated[ChangeKind | None, Query(examples=["opened"])] = None,
    uf: OptionalUf = None,
) -> Response:
    """Oldest observation first, so that a walk goes on where it ended when there is more. Name,
    state and activity are those of today.
    """
    values = {"since": since, "until": until, "kind": kind, "uf": uf}
    values |= page.after(after_date=str, after_kind=str, after_key=str)
    return await many(request, filtered(CHANGES, FILTERS, values), values, page, "cnpj")
