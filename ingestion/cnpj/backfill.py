"""The history of many months: each fetched, loaded and built before the next one is.

What is done is read from the warehouse, so that a run goes on where the one before was stopped:
months before the loaded one are in the history, the loaded one may have been built in part only and
is built again, later ones are to come.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from ingestion.cnpj.download.fetch import Say, fetch, list_months
from ingestion.cnpj.download.folder import MANIFEST
from ingestion.cnpj.download.settings import Settings
from ingestion.cnpj.download.share import ARCHIVES
from ingestion.cnpj.load import load, loaded_release, require_no_gap
from ingestion.cnpj.release import MONTH, Release, find_release, some
from ingestion.progress import Progress, silent
from warehouse import UserError, Warehouse
from warehouse.build import build, months_in_history


def backfill(
    warehouse: Warehouse,
    settings: Settings,
    folder: Path,
    first: str,
    last: str,
    discard_zips: bool = False,
    progress: Callable[[], AbstractContextManager[Progress]] = lambda: nullcontext(silent),
    say: Say = lambda line: None,
) -> None:
    """Bring the months ``first`` to ``last`` (YYYY-MM) into the history, in order.

    A month whose complete release lies in ``folder/YYYY-MM`` is not fetched; with ``discard_zips``
    its zips are removed once it is built. ``progress`` opens a place to show it. Raises UserError
    when a month is older than the release that is loaded and not in the history, when one is not
    to be had, and whatever fetching, loading and building raise.
    """
    months = _months(first, last)
    with warehouse.begin() as connection:
        loaded = loaded_release(connection)
    done = loaded[0] if loaded else ""
    _require_forwards(months, done, months_in_history(warehouse))
    _require_shared(settings, folder, [month for month in months if month > done])
    for month in months:
        if month < done:
            say(f"{month}: in the history already")
        else:
            if month > done:
                with progress() as show:  # and not while dbt speaks
                    release = _held(folder, month) or fetch(settings, folder, month, show, say)
                    require_no_gap(warehouse, release)
                    rows = load(warehouse, release, progress=show).total("loaded_rows")
                say(f"{month}: {rows:,} rows loaded")
            built = build(warehouse)
            say(
                f"{month}: built in {built.seconds:,.0f} s, {built.passed} models and tests passed,"
                f" {built.warned} warned"
            )
        if discard_zips:
            _discard(folder / month)


def _months(first: str, last: str) -> list[str]:
    for month in (first, last):
        if not MONTH.fullmatch(month):
            raise UserError(f"a release is a month such as 2026-05, not {month!r}")
    if first > last:
        raise UserError(f"{first} is not before {last}: history is built forwards")
    year, month = map(int, first.split("-"))
    months = [first]
    while months[-1] < last:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        months.append(f"{year}-{month:02}")
    return months


def _require_forwards(months: list[str], loaded: str, in_history: set[str]) -> None:
    if late := [month for month in months if month < loaded and month not in in_history]:
        raise UserError(
            f"{some(late)} cannot be added to a history that has come to {loaded}: it is built"
            " forwards, so backfill into a new warehouse"
        )


def _require_shared(settings: Settings, folder: Path, months: list[str]) -> None:
    """Raise UserError now, not days later, for a month that is neither here nor on the share."""
    absent = [month for month in months if not _held(folder, month)]
    if not absent:
        return
    shared = list_months(settings)
    if missing := [month for month in absent if month not in shared]:
        raise UserError(
            f"{some(missing)} is neither in {folder} nor on the share, which has"
            f" {some(shared[::-1])}"
        )


def _held(folder: Path, month: str) -> Release | None:
    """The release if all of it is in the folder."""
    if not (folder / month).is_dir() or list((folder / month).glob("*.part")):
        return None
    try:
        return find_release([folder / month], month)
    except UserError:  # incomplete, or of two extractions: fetching will mend it, or tell
        return None


def _discard(folder: Path) -> None:
    """Remove the zips and what is known of them, and the folder unless it holds something else."""
    for archive in ARCHIVES:
        (folder / f"{archive}.zip").unlink(missing_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
