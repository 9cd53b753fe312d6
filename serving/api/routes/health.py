"""For those who run the API: is it alive, is it of use, and what does it do?"""

import datetime as dt
from typing import Any

import psycopg
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from serving.api.problems import Problem, documented

router = APIRouter(tags=["operation"], responses=documented())


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> dict[str, str]:
    """Asks nothing of the database."""
    return {"status": "ok"}


@router.get("/readyz", summary="Can it answer, and out of fresh data?")
async def readyz(request: Request) -> dict[str, Any]:
    """503 when the database is away, the marts are not built, or data is older than allowed."""
    state = request.app.state
    query = "select source, as_of from source_freshness order by source"
    try:
        dates = {source: as_of.date() for source, as_of in await state.database.read(query, {})}
    except psycopg.errors.InsufficientPrivilege:
        dates = {}
    if not dates:
        raise Problem(503, "nothing is loaded and built yet")
    today = dt.datetime.now(dt.UTC).date()
    for source, days in state.settings.ages().items():
        if source not in dates or (today - dates[source]).days > days:
            raise Problem(503, f"the data of {source} is older than {days} days, or missing")
    return {"status": "ok", "as_of": dates}


@router.get("/metrics", summary="Counts for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    """Of this process."""
    return Response(
        generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST
    )
