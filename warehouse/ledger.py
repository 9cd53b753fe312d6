"""The load ledger: what every load did with every row it was given."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from warehouse.connection import Warehouse
from warehouse.dead_letters import DeadLetter, write_letters
from warehouse.tables import load_ledger, now

# The part of the lines that a build adds (macro record_duplicates): copies among the rows loaded.
REPEATED_KEYS = "repeated keys"


def new_load_id() -> str:
    """An identifier that sorts by time of creation."""
    return f"{now():%Y%m%dT%H%M%S.%f}-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class LedgerEntry:
    """What became of the rows of one part (a file, a request window) of one resource.

    ``source_rows`` is counted apart from the loading itself; the entry balances when every one of
    them was loaded, deduplicated, dead-lettered or knowingly left out. ``dead_lettered_rows`` are
    the dead letters written with it: a request that failed counts as one. Copies that are found
    only when the warehouse is built have a line of their own, which takes them from those loaded.
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

    A load may be written in several parts, under one ``load_id``. Loads of one source must not
    overlap (:meth:`Warehouse.exclusive`). How letters seen before are counted:
    :func:`warehouse.dead_letters.write_letters`.
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
    write_letters(connection, load_id, source, dead_letters)


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
            sa.func.count(sa.case((ledger.part != REPEATED_KEYS, 1))).label("parts"),
            *(sa.cast(sa.func.sum(column), sa.BigInteger).label(column.name) for column in counted),
        )
        .group_by(ledger.load_id, ledger.source, ledger.resource)
        .order_by(ledger.load_id, ledger.resource)
    )
    with warehouse.begin() as connection:
        result = connection.execute(query)
        return list(result.keys()), [(row[0].date(), *row[1:]) for row in result]
