"""Answers: JSON that PostgreSQL made, with an entity tag, how long it may be kept, and its date."""

import datetime as dt
import json
from hashlib import blake2b
from typing import Any, Generic, TypeVar

from fastapi import Request, Response
from psycopg.rows import TupleRow
from pydantic import BaseModel, Field

from serving.api.paging import Page, cursor_of, going_on
from serving.api.problems import Problem

Element = TypeVar("Element")
# with the date of the data, so that a page asks the database but once
DATED = """
    select
        key,
        element,
        (select cast(as_of as date) from source_freshness where source = %%(dated)s) as as_of
    from (%s) as page
"""


class One(BaseModel, Generic[Element]):
    """One thing, and of when the data is."""

    data: Element
    as_of: dt.date | None


class Many(BaseModel, Generic[Element]):
    """A page of a list."""

    data: list[Element]
    next: str | None = Field(description="The cursor of the following page; null on the last.")
    as_of: dt.date | None = Field(description="Of when the source's data is.")


async def one(
    request: Request, query: str, values: dict[str, Any], missing: str, wrap: bool = True
) -> Response:
    """The answer of a query that gives one row (``as_of``, ``body``), or 404 for none.

    ``body`` is json; the answer is ``{"data": body, "as_of": as_of}``, or without ``wrap`` the
    body itself.
    """
    rows = await request.app.state.database.read(query, values)
    if not rows or rows[0][1] is None:
        raise Problem(404, missing)
    as_of, body = rows[0]
    if wrap:
        body = b'{"data":%b,"as_of":%b}' % (body, _date(as_of))
    return answer(request, body, as_of)


async def many(
    request: Request, query: str, values: dict[str, Any], page: Page, source: str | None = None
) -> Response:
    """The answer of a query that gives rows (``key``, ``element``), both json, in order of the key.

    The query takes ``limit``, and begins after the key that ``page`` stands at. The answer is
    ``{"data": [elements], "next": cursor or null, "as_of": date of the source's data}``.
    Raises Problem 422 when the cursor holds what the query cannot take.
    """
    database = request.app.state.database
    with going_on(page):
        rows = await database.read(
            DATED % query, values | {"limit": page.limit + 1, "dated": source}
        )
    as_of = rows[0][2] if rows else await database.as_of(source)
    return listed(request, rows, page, as_of)


def listed(
    request: Request, rows: list[TupleRow], page: Page, as_of: dt.date | None = None
) -> Response:
    """The answer of rows (``key``, ``element``), one of which is more than the page holds."""
    following = b"null"
    if len(rows) > page.limit:
        rows = rows[: page.limit]
        following = b'"%b"' % cursor_of(request, json.loads(rows[-1][0]))
    elements = b",".join(row[1] for row in rows)
    body = b'{"data":[%b],"next":%b,"as_of":%b}' % (elements, following, _date(as_of))
    return answer(request, body, as_of)


def answer(request: Request, body: bytes, as_of: dt.date | None = None) -> Response:
    """200 with the body, or 304 when the client has it."""
    settings = request.app.state.settings
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    if "Authorization" in request.headers:  # what one user may see, no cache may give another
        kept = "private, no-cache"
    else:
        kept = f"public, max-age={settings.cache_seconds}"
    headers = {"ETag": tag, "Cache-Control": kept, "Vary": "Authorization"}
    if as_of:
        headers["Data-Date"] = as_of.isoformat()
    known = request.headers.get("If-None-Match")
    if known and (
        known == "*" or tag in (each.strip().removeprefix("W/") for each in known.split(","))
    ):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _date(as_of: dt.date | None) -> bytes:
    return b"null" if as_of is None else b'"%b"' % as_of.isoformat().encode()
