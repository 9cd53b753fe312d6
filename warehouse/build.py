"""Running dbt against a warehouse, and asking what it has built."""

import datetime as dt
import os
import time
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from warehouse.connection import PROJECT, Warehouse
from warehouse.errors import UserError
from warehouse.staging import table_exists


@dataclass(frozen=True)
class BuildResult:
    """How many nodes passed or warned, and how long it took. A failure raises instead."""

    passed: int
    warned: int
    seconds: float


def build(warehouse: Warehouse, *arguments: str) -> BuildResult:
    """``dbt build`` of the whole project; raises UserError naming the first node that failed."""
    from dbt.cli.main import dbtRunner  # takes a second to import

    os.environ.update(warehouse.environment)
    started = time.monotonic()
    outcome = dbtRunner().invoke(
        [
            "build", "--quiet", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
            "--target", warehouse.target, *arguments,
        ]
    )  # fmt: skip
    if outcome.exception:
        raise UserError(f"dbt build failed: {str(outcome.exception).strip().splitlines()[0]}")
    statuses = Counter(str(result.status) for result in outcome.result)
    failed = [r.node.name for r in outcome.result if str(r.status) in ("error", "fail")]
    if failed:
        raise UserError(f"dbt build: {len(failed)} failed, the first of them {failed[0]}")
    return BuildResult(
        statuses["success"] + statuses["pass"], statuses["warn"], time.monotonic() - started
    )


def is_in_history(warehouse: Warehouse, extraction_date: dt.date) -> bool:
    """Whether a release of the registry has been built into the history."""
    with warehouse.begin() as connection:
        if not table_exists(connection, "marts", "registry_releases"):
            return False
        query = sa.text(
            "select count(*) from marts.registry_releases"
            " where cast(extracted_at as date) = :extraction_date"
        )
        return bool(connection.scalar(query, {"extraction_date": extraction_date}))
