"""Loading one release: check its files, fill staged tables, hold the sums together, publish."""

import datetime as dt
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from ingestion.cnpj.fill import create_tables, fill
from ingestion.cnpj.layout import KINDS
from ingestion.cnpj.pieces import CheckedPieces, Tally
from ingestion.cnpj.release import Release
from ingestion.progress import Progress, silent
from warehouse import UserError, Warehouse
from warehouse.build import is_in_history
from warehouse.dead_letters import DeadLetter
from warehouse.ledger import LedgerEntry, new_load_id, now, record
from warehouse.staging import Replacement, table_exists
from warehouse.tables import load_ledger

SOURCE = "cnpj"
LIVE = "raw_cnpj"
# A month has never lost more than a fraction of a percent; the source has published broken ones.
MOST_SHRINKAGE = 0.05


@dataclass(frozen=True)
class LoadResult:
    """What a load did; ``entries`` are the ledger's, one per file."""

    load_id: str
    release: Release
    entries: list[LedgerEntry]

    def total(self, column: str) -> int:
        return sum(getattr(entry, column) for entry in self.entries)


def load(
    warehouse: Warehouse,
    release: Release,
    allow_shrink: bool = False,
    progress: Progress = silent,
) -> LoadResult:
    """Replace ``raw_cnpj`` by ``release``: wholly, or not at all.

    Rows go from the zips into staged tables as a stream; tables are swapped, and ledger and dead
    letters written, in one transaction after every row is accounted for. Whatever fails or is
    killed before leaves the warehouse as it was. Raises UserError when the release is older than
    the one loaded, is damaged, is not in the official layout, or would shrink a table by more than
    5 %.
    """
    started_at, load_id = now(), new_load_id()
    staged = Replacement(warehouse, LIVE)
    with warehouse.exclusive(SOURCE):
        with warehouse.begin() as connection:
            _require_newer(connection, release)
            staged.begin(connection)
            for statement in create_tables(staged.name, unlogged=warehouse.is_postgres):
                connection.execute(sa.text(statement))
        pieces = CheckedPieces(release.files)
        with _reported(pieces, release, progress):
            arrived = fill(warehouse, staged.name, pieces)
        tallies = [pieces.tallies[id(file)] for file in release.files]
        for tally in tallies:
            tally.require_layout()
        _require_all_rows(tallies, arrived)
        _require_content(release, arrived)
        if warehouse.is_postgres:  # dbt's first query should not plan on empty statistics
            _analyze(warehouse, staged)
        entries = [_ledger_entry(tally) for tally in tallies]
        letters = [letter for tally in tallies for letter in tally.dead_letters()]
        with warehouse.begin() as connection:
            if not allow_shrink:
                _require_no_shrinkage(connection, arrived)
            _describe(connection, staged, release, load_id, letters)
            staged.publish(connection)
            record(
                connection,
                load_id=load_id,
                source=SOURCE,
                as_of=dt.datetime.combine(release.extraction_date, dt.time()),
                started_at=started_at,
                entries=entries,
                dead_letters=letters,
            )
    return LoadResult(load_id, release, entries)


def loaded_release(connection: sa.Connection) -> tuple[str, dt.date] | None:
    """Month and extraction date of the release in ``raw_cnpj``, None when there is none."""
    if not table_exists(connection, LIVE, "releases"):
        return None
    query = f"select month, cast(extraction_date as date) from {LIVE}.releases"
    row = connection.execute(sa.text(query)).one_or_none()  # dbt makes missing tables, empty
    return (row[0], row[1]) if row else None


def require_no_gap(warehouse: Warehouse, release: Release) -> None:
    """Raise UserError when the loaded release was not built, and ``release`` would replace it."""
    with warehouse.begin() as connection:
        before = loaded_release(connection)
    if before and before[1] < release.extraction_date and not is_in_history(warehouse, before[1]):
        raise UserError(
            f"release {before[0]} is loaded but not built, and would be missing from the history:"
            " run dbt build first, or pass --allow-gap"
        )


def _require_newer(connection: sa.Connection, release: Release) -> None:
    loaded = loaded_release(connection)
    if loaded and release.extraction_date < loaded[1]:
        raise UserError(
            f"release {release.month} was extracted on {release.extraction_date}, before the one"
            f" loaded ({loaded[0]}, {loaded[1]}): history is built forwards, so load the older"
            " ones first, into a new warehouse"
        )


@contextmanager
def _reported(pieces: CheckedPieces, release: Release, progress: Progress) -> Iterator[None]:
    """Tell every second how much of the release was taken."""
    total = max(1, sum(file.size for file in release.files) >> 20)
    done = threading.Event()

    def report() -> None:
        while not done.wait(1):
            progress("megabytes loaded", min(pieces.bytes_taken >> 20, total - 1), total)

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()
    progress("megabytes loaded", total, total)


def _ledger_entry(tally: Tally) -> LedgerEntry:
    path = tally.file.path
    return LedgerEntry(
        resource=tally.file.kind.table,
        part=f"{path.parent.name}/{path.name}",
        source_rows=tally.source_rows,
        loaded_rows=tally.rows,
        dead_lettered_rows=tally.dead,
        details={
            "lines": tally.lines,
            "lines_inside_fields": tally.lines_inside_fields,
            "nul_bytes": tally.nul_bytes,
        },
    )


def _require_all_rows(tallies: Sequence[Tally], arrived: Counter[str]) -> None:
    """The rows that were counted in the files are those that the database counted, and no letter
    is missing."""
    for kind in KINDS:
        of_kind = [tally for tally in tallies if tally.file.kind == kind]
        expected = sum(tally.rows for tally in of_kind)
        if arrived[kind.table] != expected:
            raise UserError(
                f"{kind.table}: {expected} rows were handed over and {arrived[kind.table]} arrived;"
                " nothing changed"
            )
        for tally in of_kind:
            if tally.fault_count != tally.dead:
                raise UserError(
                    f"{tally.file.path.name} has {tally.source_rows} rows, of which only"
                    f" {tally.rows} were read and {tally.fault_count} set aside: please"
                    " report"
                )


def _require_content(release: Release, arrived: Counter[str]) -> None:
    empty = [kind.table for kind in KINDS if not arrived[kind.table]]
    if empty and not release.is_partial:
        raise UserError(f"the files of {', '.join(empty)} hold no row: download them again")


def _require_no_shrinkage(connection: sa.Connection, arrived: Counter[str]) -> None:
    """Hold the rows against those that the ledger says arrived before, copies included."""
    if not loaded_release(connection):
        return
    load_id = connection.scalar(sa.text(f"select load_id from {LIVE}.releases"))
    ledger = load_ledger.c
    query = (
        sa.select(ledger.resource, sa.func.sum(ledger.loaded_rows + ledger.deduplicated_rows))
        .where(ledger.load_id == load_id)
        .group_by(ledger.resource)
    )
    for table, before in connection.execute(query):
        if arrived[table] < int(before) * (1 - MOST_SHRINKAGE):
            raise UserError(
                f"{table} would shrink from {before} rows to {arrived[table]}: check the release,"
                " or pass --allow-shrink"
            )


def _analyze(warehouse: Warehouse, staged: Replacement) -> None:
    """Statistics of the keys, which is what dbt joins by; a small sample tells that they are."""
    with warehouse.begin() as connection:
        connection.execute(sa.text("set local default_statistics_target = 10"))
        for kind in KINDS:
            key = ", ".join(kind.columns[: len(kind.key)])
            connection.execute(sa.text(f"analyze {staged.name(kind.table)} ({key})"))


# What a damaged row begins with, whatever has become of the quotes around it.
_ROOT = re.compile(r"\W*([0-9A-Z]{8})\b")
_CNPJ = re.compile(_ROOT.pattern + r"\W+([0-9A-Z]{4})\W+([0-9]{2})\b")
_KEYS = {"empresas": _ROOT, "estabelecimentos": _CNPJ, "socios": _ROOT, "simples": _ROOT}


def _describe(
    connection: sa.Connection,
    staged: Replacement,
    release: Release,
    load_id: str,
    letters: Sequence[DeadLetter],
) -> None:
    """Which release it is, and which rows are unseen, which is not the same as gone."""
    releases, unreadable = staged.name("releases"), staged.name("unreadable_rows")
    connection.execute(
        sa.text(
            f"create table {releases}"
            " (month text, extraction_date date, is_partial boolean, load_id text)"
        )
    )
    connection.execute(
        sa.text(f"insert into {releases} values (:month, :extraction_date, :is_partial, :load_id)"),
        {
            "month": release.month,
            "extraction_date": release.extraction_date,
            "is_partial": release.is_partial,
            "load_id": load_id,
        },
    )
    connection.execute(sa.text(f"create table {unreadable} (tabela text, cnpj text)"))
    matches = (
        (letter.resource, _KEYS[letter.resource].match(letter.payload))
        for letter in letters
        if letter.resource in _KEYS
    )
    rows = [{"tabela": table, "cnpj": "".join(m.groups())} for table, m in matches if m]
    if rows:
        connection.execute(sa.text(f"insert into {unreadable} values (:tabela, :cnpj)"), rows)
