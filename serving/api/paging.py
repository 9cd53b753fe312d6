"""Pages by key: a cursor is the key of the last row, and says nothing else to a client."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from psycopg import errors

from serving.api.problems import Problem, flawed

LONGEST_CURSOR = 2_048
PAGE_PARAMETERS = {"limit", "cursor"}


@dataclass(frozen=True)
class Page:
    """Which rows are asked for: ``limit`` of them, after the row with this ``key``."""

    limit: int
    key: tuple[Any, ...] | None

    def after(self, **kinds: type) -> dict[str, Any]:
        """The key as values of a query by name, all None on the first page.

        Raises Problem 422 when the cursor is of another list: other kinds, or another number.
        """
        if self.key is None:
            return dict.fromkeys(kinds)
        if len(self.key) != len(kinds) or not all(
            type(part) is kind for part, kind in zip(self.key, kinds.values(), strict=True)
        ):
            raise flawed("cursor", "is of another list: take it from the answer before")
        return dict(zip(kinds, self.key, strict=True))


async def page(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=500, description="Rows at most.")] = 50,
    cursor: Annotated[
        str | None,
        Query(max_length=LONGEST_CURSOR, description="`next` of the page before; opaque."),
    ] = None,
) -> Page:
    """The page that a request asks for. (Async, as FastAPI gives others to a thread.)"""
    if cursor is None:
        return Page(limit, None)
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode()
        list_id, key = json.loads(text)
        if (
            list_id != _list_id(request)
            or not isinstance(key, list)
            or "\0" in text
            or "\\u0000" in text
        ):
            raise ValueError
        json.dumps(key, ensure_ascii=False).encode()  # which half a surrogate pair cannot be
    except (ValueError, TypeError, RecursionError):
        raise _foreign() from None
    return Page(limit, tuple(key))


@contextmanager
def going_on(page: Page) -> Iterator[None]:
    """What a query cannot take of a cursor's key is the cursor's fault: Problem 422."""
    try:
        yield
    except errors.DataError:
        if page.key is None:
            raise
        raise _foreign() from None


def _foreign() -> Problem:
    return flawed("cursor", "is none of ours: take it from the answer before")


Paged = Annotated[Page, Depends(page)]


def cursor_of(request: Request, key: list[Any]) -> bytes:
    """The cursor of a row in the list that the request asks for."""
    text = json.dumps([_list_id(request), key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=")


def _list_id(request: Request) -> str:
    """Which list is asked for: the path and what narrows it, whatever page of it."""
    filters = sorted(p for p in request.query_params.multi_items() if p[0] not in PAGE_PARAMETERS)
    return blake2b(repr((request.url.path, filters)).encode(), digest_size=6).hexdigest()
