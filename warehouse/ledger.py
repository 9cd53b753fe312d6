"""The load ledger and the dead letters: what every load did with every row it was given."""

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from warehouse.connection import Warehouse
from warehouse.tables import dead_letter, load_ledger


def now() -> dt.datetime:
    """The time in UTC, without a zone, as the ``ops`` tables keep it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def new_load_id() -> str:
    """An identifier that sorts by time of creation."""
    return f"{now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class LedgerEntry:
    """What became of the rows of one part (a file, a request window) of one resource.

    ``source_rows`` is counted apart from the loading itself; the entry balances when every one of
    them was loaded, deduplicated, dead-lettered or knowingly left out.
    """

    resource: str
    part: str
    source_rows: int
    loaded_rows: int
    deduplicated_rows: int = 0
    dead_lettered_rows: int = 0
    truncated_rows: int = 0
    truncated_reason: str | None = None
    details: dict = field(default_factory=dict)

    @property
    def is_balanced(self) -> bool:
        return self.source_rows == (
            self.loaded_rows + self.deduplicated_rows + self.dead_lettered_rows
            + self.truncated_rows
        )  # fmt: skip


@dataclass(frozen=True)
class DeadLetter:
    """One row or answer that could not be taken, with its payload and the reason."""

    resource: str
    stage: str  # extract, check, normalize or load
    error_class: str
    error_message: str
    payload: str
    location: str  # file and line, or the request
    http_status: int | None = None

    @property
    def payload_hash(self) -> str:
        return hashlib.sha256(self.payload.encode()).hexdigest()


def record(
    connection: sa.Connection,
    *,
    load_id: str,
    source: str,
    as_of: dt.datetime,
    started_at: dt.datetime,
    entries: Iterable[LedgerEntry],
    dead_letters: Iterable[DeadLetter] = (),
) -> None:
    """Write one load, inside the caller's transaction, so that it stands or falls with the data.

    A dead letter seen before (same source, resource and payload) is counted again, not repeated.
    """
    finished_at = now()
    rows = [
        {
            "load_id": load_id,
            "source": source,
            "as_of": as_of,
            "started_at": started_at,
            "finished_at": finished_at,
            **vars(entry),
        }
        for entry in entries
    ]
    if rows:
        connection.execute(load_ledger.insert(), rows)
    letters = list(dead_letters)
    occurrences = Counter((letter.resource, letter.payload_hash) for letter in letters)
    distinct = {(letter.resource, letter.payload_hash): letter for letter in letters}
    for (resource, payload_hash), letter in distinct.items():
        key = sa.and_(
            dead_letter.c.source == source,
            dead_letter.c.resource == resource,
            dead_letter.c.payload_hash == payload_hash,
        )
        seen = {
            **vars(letter),
            "load_id": load_id,
            "occurrences": occurrences[resource, payload_hash],
            "last_seen_at": finished_at,
        }
        if connection.scalar(sa.select(sa.func.count()).where(key)):
            again = {"attempts": dead_letter.c.attempts + 1}
            connection.execute(dead_letter.update().where(key).values(**seen, **again))
        else:
            first = {"attempts": 1, "status": "open", "first_seen_at": finished_at}
            new = {"source": source, "payload_hash": payload_hash, **seen, **first}
            connection.execute(dead_letter.insert().values(new))


def entries(warehouse: Warehouse, source: str | None = None) -> list[dict]:
    """The ledger, oldest load first, as dictionaries of the table's columns."""
    query = sa.select(load_ledger).order_by(
        load_ledger.c.started_at, load_ledger.c.load_id, load_ledger.c.resource, load_ledger.c.part
    )
    if source:
        query = query.where(load_ledger.c.source == source)
    with warehouse.begin() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def newest(warehouse: Warehouse) -> list[tuple[str, dt.datetime, dt.datetime]]:
    """Per source: its name, what time its newest data speaks of, and when that was loaded."""
    ledger = load_ledger.c
    query = (
        sa.select(ledger.source, sa.func.max(ledger.as_of), sa.func.max(ledger.finished_at))
        .group_by(ledger.source)
        .order_by(ledger.source)
    )
    with warehouse.begin() as connection:
        return [tuple(row) for row in connection.execute(query)]


def open_dead_letters(warehouse: Warehouse) -> list[dict]:
    """The dead letters nobody has dealt with, newest first, as dictionaries of the columns."""
    query = (
        sa.select(dead_letter)
        .where(dead_letter.c.status == "open")
        .order_by(dead_letter.c.last_seen_at.desc(), dead_letter.c.resource, dead_letter.c.location)
    )
    with warehouse.begin() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def summary(warehouse: Warehouse) -> tuple[list[str], list[tuple]]:
    """Column names and rows of the ledger per load and resource, oldest load first."""
    ledger = load_ledger.c
    counted = [
        ledger.source_rows, ledger.loaded_rows, ledger.deduplicated_rows,
        ledger.dead_lettered_rows, ledger.truncated_rows,
    ]  # fmt: skip
    query = (
        sa.select(
            sa.func.min(ledger.as_of).label("as_of"),
            ledger.source,
            ledger.resource,
            sa.func.count().label("parts"),
            *(sa.cast(sa.func.sum(column), sa.BigInteger).label(column.name) for column in counted),
        )
        .group_by(ledger.load_id, ledger.source, ledger.resource)
        .order_by(ledger.load_id, ledger.resource)
    )
    with warehouse.begin() as connection:
        result = connection.execute(query)
        return list(result.keys()), [(row[0].date(), *row[1:]) for row in result]
