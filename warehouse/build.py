"""Running dbt against a warehouse, and asking what it has built."""

import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from warehouse.connection import PROJECT, Warehouse
from warehouse.errors import UserError
from warehouse.staging import table_exists


@dataclass(frozen=True)
class BuildResult:
    """How many nodes passed or warned, and how long it took."""

    passed: int
    warned: int
    seconds: float


def build(warehouse: Warehouse, *selection: str) -> BuildResult:
    """Plain ``dbt build``, of the whole project or a selection, which says itself what fails.

    Raises UserError then.
    """
    started = time.monotonic()
    # A process of its own: dbt keeps connections open, and DuckDB admits one process to a file.
    finished = subprocess.run(
        [
            Path(sys.executable).parent / "dbt", "--quiet", "build", "--target", warehouse.target,
            *(("--select", *selection) if selection else ()),
        ],
        cwd=PROJECT,
        env={**os.environ, **warehouse.environment},
        check=False,
    )  # fmt: skip
    if finished.returncode:
        raise UserError("dbt build failed, as it says above; mend it and run the command again")
    folder = PROJECT / os.environ.get("DBT_TARGET_PATH", "target")
    results = json.loads((folder / "run_results.json").read_text())["results"]
    statuses = Counter(result["status"] for result in results)
    return BuildResult(
        statuses["success"] + statuses["pass"], statuses["warn"], time.monotonic() - started
    )


def months_in_history(warehouse: Warehouse) -> set[str]:
    """The releases of the registry (YYYY-MM) that have been built into the history."""
    return {month for month, _ in _history(warehouse)}


def is_in_history(warehouse: Warehouse, extraction_date: dt.date) -> bool:
    """Whether a release of the registry has been built into the history."""
    return extraction_date in {date for _, date in _history(warehouse)}


def _history(warehouse: Warehouse) -> list[tuple[str, dt.date]]:
    """Month and extraction date of every release that was built."""
    with warehouse.begin() as connection:
        if not table_exists(connection, "marts", "registry_releases"):
            return []
        query = "select release_month, cast(extracted_at as date) from marts.registry_releases"
        return [tuple(row) for row in connection.execute(sa.text(query))]
