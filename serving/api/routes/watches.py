"""Price watches: what their owners want to be told of. Nobody sees another's."""

import hashlib
import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from psycopg import AsyncConnection, sql
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from serving.api.access import Client, client
from serving.api.answers import listed
from serving.api.database import load_query
from serving.api.paging import Paged, going_on
from serving.api.problems import Problem, documented, flawed
from serving.watches import Watch
from warehouse.tables import now

WATCHES, WATCHABLE = load_query("watches"), load_query("watchable")
KEYS_KEPT = "1 day"
DELIVERY = ("channel", "destination", "cooldown_minutes")


class StoredWatch(Watch):
    """A watch, and what the API knows of it."""

    watch_id: UUID
    watched_from: AwareDatetime = Field(
        description="Later changes are told, as the data dates them."
    )
    created_at: AwareDatetime
    updated_at: AwareDatetime


class WatchAnswer(BaseModel):
    """One watch."""

    data: StoredWatch


class WatchPage(BaseModel):
    """Watches, oldest first."""

    data: list[StoredWatch]
    next: str | None = Field(description="The cursor of the following page.")


class WatchChange(BaseModel):
    """Fields of a watch, as in Watch, and what they become."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [{"is_active": False}]})


Owner = Annotated[Client, Security(client, scopes=["write"])]
router = APIRouter(prefix="/watches", tags=["watches"], responses=documented(401, 403, 404))


@router.get("", summary="What do I watch?", response_model=WatchPage)
async def watches(request: Request, owner: Owner, page: Paged) -> Response:
    """All watches of the token's user."""
    after = page.after(created_at=str, after_id=str)
    values = {"owner_id": owner.user_id, "watch_id": None, "limit": page.limit + 1, **after}
    async with request.app.state.database.writing() as connection:
        with going_on(page):
            rows = await (await connection.execute(WATCHES, values)).fetchall()
    return listed(request, rows, page)


@router.post("", summary="Watch a price", status_code=201, response_model=WatchAnswer)
async def add(
    request: Request,
    owner: Owner,
    watch: Watch,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            description="A request sent again with the same key"
            " within a day is answered as the first was, and adds nothing.",
        ),
    ] = None,
) -> Response:
    """Add a watch. Its first price is the one in force now: nothing is told of the past."""
    columns = await _columns(request, watch)
    fingerprint = hashlib.sha256(watch.model_dump_json().encode()).hexdigest()
    async with request.app.state.database.writing() as connection:
        if idempotency_key is not None:
            answered = await _answered(connection, owner, idempotency_key, fingerprint)
            if answered:
                return _one(answered, 201, {"Idempotency-Replayed": "true"})
        values = columns | {"owner_id": owner.user_id}
        insert = sql.SQL("insert into price_watch ({}) values ({}) returning watch_id").format(
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
        )
        (watch_id,) = await (await connection.execute(insert, values)).fetchone()
        stored = await _find(connection, owner, watch_id)
        if idempotency_key is not None:
            await connection.execute(
                "update idempotency_key set answer = %s where owner_id = %s and key = %s",
                [stored.decode(), owner.user_id, idempotency_key],
            )
    return _one(stored, 201, {"Location": f"/watches/{watch_id}"})


@router.get("/{watch_id}", summary="One watch", response_model=WatchAnswer)
async def show(request: Request, owner: Owner, watch_id: UUID) -> Response:
    """A watch of the token's user."""
    async with request.app.state.database.writing() as connection:
        return _one(await _find(connection, owner, watch_id))


@router.put("/{watch_id}", summary="Replace a watch", response_model=WatchAnswer)
async def replace(request: Request, owner: Owner, watch_id: UUID, watch: Watch) -> Response:
    """What is not given takes its default."""
    columns = await _columns(request, watch)
    async with request.app.state.database.writing() as connection:
        return _one(await _update(connection, owner, watch_id, columns))


@router.patch("/{watch_id}", summary="Change a watch", response_model=WatchAnswer)
async def change(request: Request, owner: Owner, watch_id: UUID, changes: WatchChange) -> Response:
    """What is not given stays."""
    async with request.app.state.database.writing() as connection:
        stored = json.loads(await _find(connection, owner, watch_id, for_update=True))
        merged = {name: stored[name] for name in Watch.model_fields} | (changes.model_extra or {})
        try:
            watch = Watch.model_validate(merged)
        except ValidationError as error:
            flaws = [each | {"loc": ("body", *each["loc"])} for each in error.errors()]
            raise RequestValidationError(flaws) from None
        columns = await _columns(request, watch)
        return _one(await _update(connection, owner, watch_id, columns))


@router.delete("/{watch_id}", summary="Watch no more", status_code=204)
async def remove(request: Request, owner: Owner, watch_id: UUID) -> Response:
    """Remove a watch. What was told because of it stays on record."""
    query = "delete from price_watch where owner_id = %s and watch_id = %s"
    async with request.app.state.database.writing() as connection:
        if not (await connection.execute(query, [owner.user_id, watch_id])).rowcount:
            raise _no_such(watch_id)
    return Response(status_code=204)


async def _columns(request: Request, watch: Watch) -> dict[str, Any]:
    """What is stored of a watch. Raises Problem 422 when there is no such thing to watch."""
    values = watch.model_dump(include={"product_id", "item_id", "context"})
    (row,) = await request.app.state.database.read(WATCHABLE, values)
    is_known_subject, is_known_context, newest = row
    if not is_known_subject:
        raise flawed("item_id" if watch.item_id else "product_id", "is not known here")
    if not is_known_context:
        raise flawed("context", "no price has it: see /price-history")
    return watch.model_dump() | {"watched_from": newest or now()}


async def _answered(
    connection: AsyncConnection, owner: Client, key: str, fingerprint: str
) -> bytes | None:
    """The answer to the request that came with the key before; else the key is this one's.

    A second request at the same time waits here for the first.
    """
    await connection.execute(
        "delete from idempotency_key where owner_id = %s"
        f" and created_at < timezone('utc', now()) - interval '{KEYS_KEPT}'",
        [owner.user_id],
    )
    taken = await connection.execute(
        "insert into idempotency_key (owner_id, key, fingerprint) values (%s, %s, %s)"
        " on conflict do nothing",
        [owner.user_id, key, fingerprint],
    )
    if taken.rowcount:
        return None
    known = await connection.execute(
        "select fingerprint, answer from idempotency_key where owner_id = %s and key = %s",
        [owner.user_id, key],
    )
    first, answer = await known.fetchone()
    if first != fingerprint:
        raise flawed("Idempotency-Key", "came with another request before")
    return answer.encode()


async def _find(
    connection: AsyncConnection, owner: Client, watch_id: UUID, for_update: bool = False
) -> bytes:
    values = {"owner_id": owner.user_id, "watch_id": watch_id, "limit": 1}
    query = WATCHES + (" for update" if for_update else "")
    rows = await connection.execute(query, values | {"created_at": None, "after_id": None})
    row = await rows.fetchone()
    if row is None:
        raise _no_such(watch_id)
    return row[1]


async def _update(
    connection: AsyncConnection, owner: Client, watch_id: UUID, values: dict[str, Any]
) -> bytes:
    assignments = [
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
        for name in values.keys() - {"watched_from"}
    ]
    # whom to tell, and how often, is no reason to forget what is not told yet
    told = [name for name in values if name not in ("watched_from", *DELIVERY)]
    assignments.append(
        sql.SQL(
            "watched_from = case when ({}) is distinct from ({})"
            " then %(watched_from)s else watched_from end"
        ).format(
            sql.SQL(", ").join(map(sql.Identifier, told)),
            sql.SQL(", ").join(map(sql.Placeholder, told)),
        )
    )
    update = sql.SQL(
        "update price_watch set {}, updated_at = timezone('utc', now())"
        " where owner_id = %(owner_id)s and watch_id = %(watch_id)s"
    ).format(sql.SQL(", ").join(assignments))
    await connection.execute(update, values | {"owner_id": owner.user_id, "watch_id": watch_id})
    return await _find(connection, owner, watch_id)


def _one(stored: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return Response(b'{"data":%b}' % stored, status, headers, "application/json")


def _no_such(watch_id: UUID) -> Problem:
    return Problem(404, f"you have no watch {watch_id}")
