"""By what the files of a mart are parted: declared where the mart is, beside its model.

    config: { meta: { export: { partition_by: [uf, month(sale_date)] } } }

A column, or the month of a date or time, whose first day is the value: the folders are
``uf=SP/sale_date_month=2026-05-01``, as Hive, Spark, Arrow and DuckDB name them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import yaml

from warehouse.connection import PROJECT
from warehouse.errors import UserError

NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Partition:
    """A column that files are parted by. ``expression`` is SQL, if the mart has no such column."""

    name: str
    expression: str | None = None

    @classmethod
    def parse(cls, declared: str) -> "Partition":
        """Raises UserError when it is neither ``column`` nor ``month(column)``."""
        found = re.fullmatch(r"(\w+)|month\((\w+)\)", declared)
        if not found:
            raise UserError(f"partition_by: {declared} is neither column nor month(column)")
        column, of_month = found.groups()
        if column:
            return cls(column)
        return cls(f"{of_month}_month", f"cast(date_trunc('month', \"{of_month}\") as date)")


def declared_partitions(models: Path = PROJECT / "models" / "marts") -> dict[str, list[Partition]]:
    """Per mart that declares any, its partitions, the outermost folder first."""
    found = {}
    for path in sorted(models.rglob("*__models.yml")):
        for model in yaml.load(path.read_text(), yaml.CSafeLoader)["models"]:
            meta = model.get("config", {}).get("meta", {})
            if declared := meta.get("export", {}).get("partition_by"):
                found[model["name"]] = [Partition.parse(each) for each in declared]
    return found


def folder_of(partitions: Sequence[Partition], values: Sequence[object]) -> str:
    """The folders of these values, each ending with a slash; none, without partitions."""
    return "".join(
        f"{partition.name}={NULL if value is None else quote(str(value), safe='')}/"
        for partition, value in zip(partitions, values, strict=True)
    )
