"""dbt builds of a warehouse: how long each node took, and what came out, as hashes."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from warehouse import Warehouse
from warehouse.connection import PROJECT

# what does not depend on the data
WITHOUT = ("--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Build:
    """Seconds of all, and by node, slowest first; ``warned`` are the nodes with warnings."""

    seconds: float
    nodes: list[tuple[str, float]]
    warned: list[str]


def build(warehouse: Warehouse, *selection: str) -> Build:
    """Run ``dbt build``, but for unit tests. Raises RuntimeError when it fails."""
    return dbt(warehouse, "build", *WITHOUT, *selection)


def dbt(warehouse: Warehouse, *arguments: str) -> Build:
    """Run dbt in folders of the warehouse's own. Raises RuntimeError when it fails."""
    folder = Path(os.environ["ARMAZEM_HOME"]) / f"target-{warehouse.target}"
    started = time.monotonic()
    finished = subprocess.run(
        [
            Path(sys.executable).parent / "dbt", "--quiet", *arguments, "--target",
            warehouse.target,
        ],
        cwd=PROJECT,
        env={
            **os.environ, **warehouse.environment,
            "DBT_TARGET_PATH": str(folder), "DBT_LOG_PATH": str(folder),
        },
        check=False,
    )  # fmt: skip
    seconds = time.monotonic() - started
    if finished.returncode:
        raise RuntimeError("dbt failed, as it says above")
    results = json.loads((folder / "run_results.json").read_text())["results"]
    nodes = [(_name(r["unique_id"]), r["execution_time"]) for r in results]
    warned = [_name(r["unique_id"]) for r in results if r["status"] == "warn"]
    return Build(seconds, sorted(nodes, key=lambda node: -node[1]), warned)


def _name(unique_id: str) -> str:
    kind, _, name = unique_id.split(".")[:3]
    return name if kind == "model" else f"{kind} {name}"


def row_hash(warehouse: Warehouse, alias: str) -> str:
    """SQL: a whole number for all of a row, the same for the same values."""
    if warehouse.is_postgres:
        return f"cast(hashtextextended(cast({alias} as text), 0) as numeric)"
    return f"cast(hash({alias}) as hugeint)"


def hashes(warehouse: Warehouse) -> dict[str, tuple]:
    """Of every mart and snapshot: the number of rows, and the sum of their hashes."""
    hashed = row_hash(warehouse, "mart")
    with warehouse.begin() as connection:
        marts = connection.execute(
            sa.text(
                "select table_schema || '.' || table_name from information_schema.tables"
                " where table_schema in ('marts', 'snapshots') order by 1"
            )
        ).scalars()
        return {
            mart: tuple(
                connection.execute(
                    sa.text(f"select count(*), coalesce(sum({hashed}), 0) from {mart} as mart")
                ).one()
            )
            for mart in marts.all()
        }


def hashes_by(warehouse: Warehouse, mart: str, key: str, where: str = "true") -> dict:
    """Of a mart's rows ``where`` something holds, by a key (SQL): their number and hashes."""
    query = f"""
        select {key}, count(*), sum({row_hash(warehouse, "mart")})
        from marts.{mart} as mart
        where {where}
        group by 1
    """
    with warehouse.begin() as connection:
        return {key: (count, total) for key, count, total in connection.execute(sa.text(query))}
