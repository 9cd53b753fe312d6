"""Rows of raw tables as CSV files."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.tables import LastAnswer, Observation, Table, columns

NULL = r"\N"  # an empty text is another thing
LOAD = "_dlt_load_id"


class RawFiles:
    """A file for each table, ``<table>.csv``, in a folder; a context manager.

    Observations go to their files at once. Rows of other tables take the place of those that they
    replace, as in a load, and are written in the end.
    """

    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        self.folder = folder
        self.counts: dict[str, int] = {}
        self._open: dict[type[Table], tuple[TextIO, Any, frozenset[str]]] = {}
        self._kept: dict[type[Table], dict[Any, list[list[Any]]]] = {}

    def __enter__(self) -> "RawFiles":
        return self

    def __exit__(self, *_: object) -> None:
        for table, found in self._kept.items():
            self._write(table, (line for lines in found.values() for line in lines))
        for file, _, _ in self._open.values():
            file.close()

    def add(self, batches: Iterable[Batch], load_id: str) -> None:
        """Rows that a load of that id (dlt's: seconds since 1970, as text) brings."""
        for batch in batches:
            for table, rows in batch.rows.items():
                if issubclass(table, Observation):
                    self._write(table, (self._line(table, row, load_id) for row in rows))
                elif table is not LastAnswer:  # which only the next load reads
                    self._keep(table, rows, load_id)
            self._drop_parts(batch)

    def _keep(self, table: type[Table], rows: list[dict[str, Any]], load_id: str) -> None:
        newer: dict[Any, list[list[Any]]] = {}
        for row in rows:
            newer.setdefault(table.key(row), []).append(self._line(table, row, load_id))
        self._kept.setdefault(table, {}).update(newer)

    def _drop_parts(self, batch: Batch) -> None:
        """Of wholes that came anew, the parts that did not."""
        came = {table.table: rows for table, rows in batch.rows.items()}
        for part, kept in self._kept.items():
            if part.part_of in came:
                with_parts = {part.key(row) for row in came.get(part.table, ())}
                for whole in came[part.part_of]:
                    if (whole["id"],) not in with_parts:
                        kept.pop((whole["id"],), None)

    def _line(self, table: type[Table], row: dict[str, Any], load_id: str) -> list[Any]:
        _, _, as_json = self._file(table)
        line = [
            NULL if value is None else _json(value) if name in as_json else value
            for name, value in row.items()
        ]
        line.append(load_id)
        return line

    def _write(self, table: type[Table], lines: Iterable[list[Any]]) -> None:
        _, writer, _ = self._file(table)
        before = self.counts.get(table.table, 0)
        self.counts[table.table] = before + _write_all(writer, lines)

    def _file(self, table: type[Table]) -> tuple[TextIO, Any, frozenset[str]]:
        if table not in self._open:
            file = (self.folder / f"{table.table}.csv").open("w", newline="")
            writer = csv.writer(file, lineterminator="\n")
            hints = columns(table)
            writer.writerow([*hints, LOAD])
            as_json = frozenset(n for n, hint in hints.items() if hint["data_type"] == "json")
            self._open[table] = file, writer, as_json
        return self._open[table]


def _write_all(writer: Any, lines: Iterable[list[Any]]) -> int:
    written = 0
    for written, line in enumerate(lines, start=1):  # noqa: B007
        writer.writerow(line)
    return written


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
