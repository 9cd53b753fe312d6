"""Loading one release: prepare its files, stage them, hold the sums together, publish at once."""

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dlt
import sqlalchemy as sa
from dlt.common.destination.configuration import CsvFormatConfiguration
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion.cnpj.files import FileFormat, PreparedFile, prepare
from ingestion.cnpj.layout import KINDS
from ingestion.cnpj.release import Release
from ingestion.cnpj.source import registry
from warehouse import UserError, Warehouse
from warehouse.build import is_in_history
from warehouse.connection import home
from warehouse.ledger import LedgerEntry, new_load_id, now, record
from warehouse.staging import drop_schema, publish_schema, table_exists

SOURCE = "cnpj"
LIVE = "raw_cnpj"
STAGED = "raw_cnpj_next"
# A month has never lost more than a fraction of a percent; the source has published broken ones.
MOST_SHRINKAGE = 0.05

Progress = Callable[[str, int, int], None]  # what, steps done, steps in all


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
    progress: Progress = lambda what, done, total: None,
) -> LoadResult:
    """Replace ``raw_cnpj`` by ``release``: wholly, or not at all.

    Files are staged in ``raw_cnpj_next``; tables are swapped, and ledger and dead letters written,
    in one transaction after every row is accounted for. Whatever fails or is killed before leaves
    the warehouse as it was. Raises UserError when the release is older than the one loaded, is
    damaged, is not in the official layout, or would shrink a table by more than 5 %.
    """
    started_at, load_id = now(), new_load_id()
    with warehouse.exclusive(SOURCE), _work_folder(warehouse) as work:
        with warehouse.begin() as connection:
            drop_schema(connection, STAGED)  # a killed load leaves its half here
            _require_newer(connection, release)
        file_format: FileFormat = "csv" if warehouse.is_postgres else "parquet"
        files = _prepare_all(release, work, file_format, progress)
        _require_content(release, files)
        if not allow_shrink:
            _require_no_shrinkage(warehouse, files)
        progress("copying into the warehouse", 0, 1)
        _stage(warehouse, work, files, release, load_id)
        entries = [_ledger_entry(file) for file in files]
        with warehouse.begin() as connection:
            _require_all_rows(connection, files)
            publish_schema(warehouse, connection, STAGED, LIVE)
            record(
                connection,
                load_id=load_id,
                source=SOURCE,
                as_of=dt.datetime.combine(release.extraction_date, dt.time()),
                started_at=started_at,
                entries=entries,
                dead_letters=[letter for file in files for letter in file.dead_letters],
            )
        if warehouse.is_postgres:  # dbt's first query should not plan on empty statistics
            with warehouse.begin() as connection:
                for kind in KINDS:
                    connection.execute(sa.text(f"analyze {LIVE}.{kind.table}"))
        progress("copying into the warehouse", 1, 1)
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
def _work_folder(warehouse: Warehouse):
    """An empty folder for this load; those that killed ones left behind are removed."""
    folder = home() / "work" / f"{SOURCE}-{warehouse.target}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        yield Path(work)


def _prepare_all(
    release: Release, work: Path, file_format: FileFormat, progress: Progress
) -> list[PreparedFile]:
    """Prepare all files on all cores; the largest first, so that none is left for the end."""
    largest_first = sorted(release.files, key=lambda file: -file.size)
    done: list[PreparedFile] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = []
        for number, file in enumerate(largest_first):
            folder = work / str(number)  # two folders may hold files of one name
            folder.mkdir()
            jobs.append(pool.submit(prepare, file, folder, file_format))
        try:
            for job in jobs:
                done.append(job.result())
                progress("unzipping and checking", len(done), len(jobs))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    order = {id(file): number for number, file in enumerate(release.files)}
    return sorted(done, key=lambda prepared: order[id(prepared.file)])


def _stage(
    warehouse: Warehouse, work: Path, files: list[PreparedFile], release: Release, load_id: str
) -> None:
    """Load the prepared files into ``raw_cnpj_next`` through dlt."""
    os.environ.setdefault("LOAD__WORKERS", str(os.cpu_count()))
    if warehouse.is_postgres:
        csv_format = CsvFormatConfiguration(delimiter=";", include_header=True, encoding="utf-8")
        destination = dlt.destinations.postgres(warehouse.url, csv_format=csv_format)
    else:
        destination = dlt.destinations.duckdb(warehouse.url)
    # A folder of its own: nothing of an earlier run is resumed, for a release loads as a whole.
    pipeline = dlt.pipeline(
        "cnpj", destination=destination, dataset_name=STAGED, pipelines_dir=str(work / "dlt")
    )
    row = {
        "month": release.month,
        "extraction_date": release.extraction_date,
        "is_partial": release.is_partial,
        "load_id": load_id,
    }
    try:
        pipeline.run(registry(files, row))
    except PipelineStepFailed as error:
        raise UserError(f"loading failed: {_root_cause(error)}") from error
    finally:
        shutil.rmtree(work / "dlt", ignore_errors=True)


def _root_cause(error: BaseException) -> str:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return str(error).strip().splitlines()[0]


def _ledger_entry(file: PreparedFile) -> LedgerEntry:
    return LedgerEntry(
        resource=file.file.kind.table,
        part=f"{file.file.path.parent.name}/{file.file.path.name}",
        source_rows=file.source_rows,
        loaded_rows=file.rows,
        dead_lettered_rows=len(file.dead_letters),
        details={
            "lines": file.lines,
            "lines_inside_fields": file.lines_inside_fields,
            "nul_bytes": file.nul_bytes,
        },
    )


def _rows_by_table(files: list[PreparedFile]) -> dict[str, int]:
    totals = {kind.table: 0 for kind in KINDS}
    for file in files:
        totals[file.file.kind.table] += file.rows
    return totals


def _require_all_rows(connection: sa.Connection, files: list[PreparedFile]) -> None:
    for table, expected in _rows_by_table(files).items():
        found = connection.scalar(sa.text(f"select count(*) from {STAGED}.{table}"))
        if found != expected:
            raise UserError(
                f"{table}: {expected} rows were handed over and {found} arrived; nothing changed"
            )


def _require_content(release: Release, files: list[PreparedFile]) -> None:
    empty = [table for table, rows in _rows_by_table(files).items() if not rows]
    if empty and not release.is_partial:
        raise UserError(f"the files of {', '.join(empty)} hold no row: download them again")


def _require_no_shrinkage(warehouse: Warehouse, files: list[PreparedFile]) -> None:
    with warehouse.begin() as connection:
        if not loaded_release(connection):
            return
        for table, rows in _rows_by_table(files).items():
            before = connection.scalar(sa.text(f"select count(*) from {LIVE}.{table}"))
            if rows < before * (1 - MOST_SHRINKAGE):
                raise UserError(
                    f"{table} would shrink from {before} rows to {rows}: check the release, or"
                    " pass --allow-shrink"
                )
