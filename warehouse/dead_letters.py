"""The dead letters: what could not be taken, why, and what became of it since.

A letter is ``open`` until a later load gets what it stands for (``replayed``) or somebody gives it
up (``discarded``). People name a letter by its ID, the first 12 characters of the mart's
``dead_letter_key``, or by as many of them as tell it from the others.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from warehouse.connection import Warehouse
from warehouse.errors import UserError
from warehouse.tables import dead_letter, now

# The same expression as surrogate_key(['source', 'resource', 'dead_letter_id']) in the mart.
LETTER_KEY = sa.func.md5(
    dead_letter.c.source + "|" + dead_letter.c.resource + "|" + dead_letter.c.payload_hash
)
LETTER_ID = sa.func.substr(LETTER_KEY, 1, 12)


def payload_hash(text: str) -> str:
    """The ``payload_hash`` of a letter whose identity, or else whose payload, is ``text``."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True)
class DeadLetter:
    """One row or answer that could not be taken, with its payload and the reason.

    ``identity`` names what failed where the payload does not (for an API, the request that would
    fetch it): whatever comes back the next time, it is the same letter.
    """

    resource: str
    stage: str  # extract, check, normalize or load
    error_class: str
    error_message: str
    payload: str
    location: str  # file and line, or the request
    http_status: int | None = None
    identity: str = ""

    @property
    def payload_hash(self) -> str:
        return payload_hash(self.identity or self.payload)


def write_letters(
    connection: sa.Connection, load_id: str, source: str, dead_letters: Iterable[DeadLetter]
) -> None:
    """Write letters of one load in one statement, inside the caller's transaction.

    A letter seen before (same source, resource and hash) takes the newest reason and payload and
    one attempt more; a replayed one is open again, a discarded one stays discarded.
    """
    dead_letters, seen_at = list(dead_letters), now().isoformat()
    occurrences = Counter((letter.resource, letter.payload_hash) for letter in dead_letters)
    distinct = {(letter.resource, letter.payload_hash): letter for letter in dead_letters}
    rows = [
        {
            **vars(letter),
            "source": source,
            "payload_hash": letter.payload_hash,
            "load_id": load_id,
            "occurrences": occurrences[key],
            "attempts": 1,
            "status": "open",
            "first_seen_at": seen_at,
            "last_seen_at": seen_at,
        }
        for key, letter in distinct.items()
    ]
    if not rows:
        return
    names = ", ".join(dead_letter.columns.keys())
    # A load in several batches may meet a letter in more than one: then its occurrences add up.
    statement = f"""
        insert into ops.dead_letter as old ({names})
        select {names} from {_table_of_rows(connection)}
        on conflict (source, resource, payload_hash) do update set
            stage = excluded.stage,
            error_class = excluded.error_class,
            error_message = excluded.error_message,
            http_status = excluded.http_status,
            location = excluded.location,
            payload = excluded.payload,
            load_id = excluded.load_id,
            occurrences = excluded.occurrences
                + case when old.load_id = excluded.load_id then old.occurrences else 0 end,
            attempts = old.attempts + 1,
            status = case when old.status = 'replayed' then 'open' else old.status end,
            last_seen_at = excluded.last_seen_at
    """
    connection.execute(sa.text(statement), {"rows": _json(rows)})


def resolve(connection: sa.Connection, source: str, identities: Iterable[tuple[str, str]]) -> int:
    """Mark open letters as replayed, inside the caller's transaction; returns how many there were.

    ``identities`` are pairs (resource, payload_hash) of what a load has got; most may be of no
    letter at all.
    """
    rows = [{"resource": resource, "payload_hash": hashed} for resource, hashed in identities]
    if not rows:
        return 0
    statement = f"""
        update ops.dead_letter set status = 'replayed', last_seen_at = :seen_at
        where
            source = :source
            and status = 'open'
            -- "is true" makes PostgreSQL hash them; without statistics it would loop over both
            and ((resource, payload_hash) in (
                select resource, payload_hash from {_table_of_rows(connection)}
            )) is true
        returning payload_hash
    """
    parameters = {"rows": _json(rows), "source": source, "seen_at": now()}
    return len(connection.execute(sa.text(statement), parameters).all())


def letters(
    warehouse: Warehouse, status: str | None = "open", source: str | None = None
) -> list[dict]:
    """Letters, newest first, as dictionaries of the columns and ``id``.

    None for ``status`` or ``source`` means any.
    """
    conditions = []
    if status:
        conditions.append(dead_letter.c.status == status)
    if source:
        conditions.append(dead_letter.c.source == source)
    return _select(warehouse, *conditions)


def find(warehouse: Warehouse, letter_id: str) -> dict:
    """The letter whose ID begins so, as :func:`letters` gives it.

    Raises UserError when fewer than 4 characters are given, or when it is not exactly one.
    """
    if not re.fullmatch("[0-9a-f]{4,32}", letter_id):
        raise UserError(f"{letter_id!r} is no ID of a dead letter: give 4 hex characters or more")
    found = _select(warehouse, LETTER_KEY.startswith(letter_id))
    if not found:
        raise UserError(f"there is no dead letter {letter_id}")
    if len(found) > 1:
        raise UserError(f"{letter_id} is the beginning of {len(found)} IDs: give more of it")
    return found[0]


def discard(warehouse: Warehouse, letter_ids: Iterable[str]) -> int:
    """Give letters up, all or (by the UserError of :func:`find`) none; returns how many."""
    found = {find(warehouse, letter_id)["id"] for letter_id in letter_ids}
    with warehouse.begin() as connection:
        connection.execute(
            dead_letter.update().where(LETTER_ID.in_(found)).values(status="discarded")
        )
    return len(found)


def _select(warehouse: Warehouse, *conditions: sa.ColumnElement[bool]) -> list[dict]:
    query = (
        sa.select(LETTER_ID.label("id"), dead_letter)
        .where(*conditions)
        .order_by(
            dead_letter.c.last_seen_at.desc(),
            dead_letter.c.resource,
            dead_letter.c.location,
            dead_letter.c.payload_hash,
        )
    )
    with warehouse.begin() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _table_of_rows(connection: sa.Connection) -> str:
    """SQL that makes a table like ``ops.dead_letter`` of the JSON in the parameter ``rows``.

    One parameter carries any number of rows; columns that a row lacks are null.
    """
    types = {
        column.name: column.type.compile(dialect=connection.dialect)
        for column in dead_letter.columns
    }
    if connection.dialect.name == "postgresql":
        columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
        return f"json_to_recordset(cast(:rows as json)) as new ({columns})"
    structure = json.dumps([types])
    return f"(select unnest(from_json(cast(:rows as json), '{structure}'), recursive := true))"


def _json(rows: list[dict]) -> str:
    """JSON of rows without what no database can hold: NULs and halves of surrogate pairs."""
    clean = [
        {
            name: value.replace("\0", "\ufffd").encode(errors="replace").decode()
            if isinstance(value, str)
            else value
            for name, value in row.items()
        }
        for row in rows
    ]
    return json.dumps(clean)
