"""Loading the code lists: fetch, stage, account for every row, publish."""

import json

import dlt
import requests
import sqlalchemy as sa
from dlt.extract.exceptions import ResourceExtractionError

from ingestion.reference.settings import Settings
from ingestion.reference.source import COLUMNS, addresses, reference
from ingestion.staging import staging_pipeline
from warehouse import UserError, Warehouse
from warehouse.dead_letters import DeadLetter
from warehouse.errors import first_line, root_cause
from warehouse.ledger import LedgerEntry, new_load_id, now, record
from warehouse.staging import drop_schema, publish_schema, table_exists

SOURCE, LIVE, STAGED = "reference", "raw_reference", "raw_reference_next"
MOST_SHRINKAGE = 0.05  # municipalities and activities hardly ever go

Row = dict[str, str | None]


def load(warehouse: Warehouse, settings: Settings, allow_shrink: bool = False) -> list[LedgerEntry]:
    """Replace ``raw_reference`` by what is published now: wholly, or not at all.

    Rows without a key become dead letters; of rows with one key, the last counts. Returns the
    ledger's entries, one per list. Raises UserError when a list cannot be had, is not in its form,
    holds no row, or would shrink by more than 5 %.
    """
    started_at, load_id = now(), new_load_id()
    with warehouse.exclusive(SOURCE), warehouse.work_folder(SOURCE) as work:
        fetched = _fetch(settings)
        keyed = {name: _keyed(name, rows) for name, rows in fetched.items()}
        with warehouse.begin() as connection:
            drop_schema(connection, STAGED)  # a killed load leaves its half here
        _stage(warehouse, str(work), keyed)
        with warehouse.begin() as connection:
            entries, letters = [], []
            for name, address in addresses(settings).items():
                keyless = [row for row in fetched[name] if not _key(name, row)]
                entries.append(
                    LedgerEntry(
                        resource=name,
                        part=address,
                        source_rows=len(fetched[name]),
                        loaded_rows=_count(connection, STAGED, name),
                        deduplicated_rows=len(fetched[name]) - len(keyless) - len(keyed[name]),
                        dead_lettered_rows=len(keyless),
                    )
                )
                letters += [_letter(name, row, address) for row in keyless]
            for entry in entries:
                _require_soundness(connection, entry, allow_shrink)
            publish_schema(warehouse, connection, STAGED, LIVE)
            record(
                connection,
                load_id=load_id,
                source=SOURCE,
                as_of=started_at,
                started_at=started_at,
                entries=entries,
                dead_letters=letters,
            )
    return entries


def _fetch(settings: Settings) -> dict[str, list[Row]]:
    """The rows of every list."""
    source, found = reference(settings), {}
    for name, address in addresses(settings).items():
        try:
            found[name] = list(source.resources[name])
        except ResourceExtractionError as error:
            raise UserError(f"{name}: {address} {_reason(error)}") from error
        if not any(_key(name, row) for row in found[name]):
            raise UserError(f"{name}: {address} holds no row with a {next(iter(COLUMNS[name]))}")
    return found


def _reason(error: BaseException) -> str:
    """What kept a list from being fetched, in a few words."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, requests.HTTPError):
            return f"answers HTTP {cause.response.status_code}"
        if isinstance(cause, requests.JSONDecodeError):
            return "answers something that is no JSON"
        if isinstance(cause, requests.RequestException):
            return f"cannot be reached: {first_line(root_cause(cause))}"
        if isinstance(cause, UserError):
            return f"answers something that is no such table: {cause}"
        cause = cause.__cause__ or cause.__context__
    return f"cannot be read: {first_line(root_cause(error))}"


def _key(name: str, row: Row) -> str | None:
    return row[next(iter(COLUMNS[name]))]


def _keyed(name: str, rows: list[Row]) -> list[Row]:
    return list({_key(name, row): row for row in rows if _key(name, row)}.values())


def _letter(name: str, row: Row, address: str) -> DeadLetter:
    payload = json.dumps(row, ensure_ascii=False)
    return DeadLetter(name, "check", "no_key", "the code is missing", payload, address)


def _stage(warehouse: Warehouse, work: str, keyed: dict[str, list[Row]]) -> None:
    pipeline = staging_pipeline(warehouse, SOURCE, STAGED, work)
    pipeline.run(
        [
            dlt.resource(
                rows,
                name=name,
                columns={column: {"data_type": "text"} for column in COLUMNS[name]},
                schema_contract={"columns": "freeze", "data_type": "freeze"},
            )
            for name, rows in keyed.items()
        ]
    )


def _count(connection: sa.Connection, schema: str, table: str) -> int:
    return connection.scalar(sa.text(f"select count(*) from {schema}.{table}"))


def _require_soundness(connection: sa.Connection, entry: LedgerEntry, allow_shrink: bool) -> None:
    table, rows = entry.resource, entry.loaded_rows
    if not entry.is_balanced:
        raise UserError(f"{table}: of {entry.source_rows} rows only {rows} arrived")
    if allow_shrink or not table_exists(connection, LIVE, table):
        return
    before = _count(connection, LIVE, table)
    if rows < before * (1 - MOST_SHRINKAGE):
        raise UserError(
            f"{table} would shrink from {before} rows to {rows}: look at {entry.part}, or pass"
            " --allow-shrink"
        )
