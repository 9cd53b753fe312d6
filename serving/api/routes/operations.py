"""What loads did, and what they could not take."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel

from serving.api.answers import Many, many
from serving.api.database import filtered, load_query
from serving.api.paging import Paged
from serving.api.problems import documented
from serving.api.routes.parameters import OPERATE, Text

FAILURES, LOADS = load_query("failures"), load_query("loads")
FAILURE_FILTERS = {
    "source": "letters.source = %(source)s",
    "status": "letters.status = %(status)s",
    "after_key": "(letters.first_seen_at, letters.dead_letter_key)"
    " < (%(after_time)s::timestamp, %(after_key)s)",
}
LOAD_FILTERS = {
    "source": "ledger.source = %(source)s",
    "after_key": "(ledger.started_at, ledger.load_part_key)"
    " < (%(after_time)s::timestamp, %(after_key)s)",
}


class Failure(BaseModel):
    """A row, answer or request that could not be taken. armazem dead-letters shows the payload."""

    dead_letter_key: str
    source: str
    resource: str
    stage: str | None
    status: str
    error_class: str | None
    error_message: str | None
    http_status: int | None
    location: str | None
    occurrences: int | None
    attempts: int | None
    load_id: str | None
    first_seen_at: AwareDatetime | None
    last_seen_at: AwareDatetime | None


class Load(BaseModel):
    """A file or request window of a load, with what became of every row."""

    load_part_key: str
    load_id: str
    source: str
    resource: str
    part: str | None
    as_of: AwareDatetime | None
    source_rows: int | None
    loaded_rows: int | None
    deduplicated_rows: int | None
    dead_lettered_rows: int | None
    truncated_rows: int | None
    truncated_reason: str | None
    unexplained_rows: int | None
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None


router = APIRouter(tags=["operation"], dependencies=OPERATE, responses=documented(401, 403))
Source = Annotated[Text | None, Query(description="As in cnpj.")]


@router.get("/failures", summary="What could not be taken?", response_model=Many[Failure])
async def failures(
    request: Request,
    page: Paged,
    source: Source = None,
    status: Literal["open", "replayed", "discarded"] | None = None,
) -> Response:
    """Newest first, as of the last dbt build."""
    values = {"source": source, "status": status}
    values |= page.after(after_time=str, after_key=str)
    return await many(request, filtered(FAILURES, FAILURE_FILTERS, values), values, page)


@router.get("/loads", summary="What did loads do with every row?", response_model=Many[Load])
async def loads(request: Request, page: Paged, source: Source = None) -> Response:
    """Newest first, as of the last dbt build."""
    values = {"source": source, **page.after(after_time=str, after_key=str)}
    return await many(request, filtered(LOADS, LOAD_FILTERS, values), values, page)
