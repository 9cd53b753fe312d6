"""Running dbt against a warehouse."""

import os
import time
from collections import Counter
from dataclasses import dataclass

from dbt.cli.main import dbtRunner

from warehouse.connection import PROJECT, Warehouse
from warehouse.errors import UserError


@dataclass(frozen=True)
class BuildResult:
    """How many nodes passed or warned, and how long it took. A failure raises instead."""

    passed: int
    warned: int
    seconds: float


def build(warehouse: Warehouse, *arguments: str) -> BuildResult:
    """``dbt build`` of the whole project; raises UserError naming the first node that failed."""
    os.environ.update(warehouse.environment)
    started = time.monotonic()
    outcome = dbtRunner().invoke(
        [
            "build", "--quiet", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
            "--target", warehouse.target, "--warn-error-options", '{"silence": "all"}', *arguments,
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
