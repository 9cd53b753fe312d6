"""One export: all files first, then the manifest, then the word that it is the newest.

    <to>/latest.json                 the id of the newest export, and where its manifest is
    <to>/<export id>/manifest.json   what there is, with counts and hashes
    <to>/<export id>/<mart>/...      the files

Object stores cannot rename. So an export has a folder of its own, and is there for readers when
``latest.json``, which is written in one go, names it. A folder without a manifest is of an export
that was killed.
"""

import datetime as dt
import json
import re
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

import duckdb
import psycopg
import pyarrow as pa

from serving.exports.destination import Destination
from serving.exports.files import write_files
from serving.exports.partitions import Partition, declared_partitions
from serving.exports.snapshot import Snapshot, open_snapshot
from warehouse import UserError, Warehouse
from warehouse.errors import first_line
from warehouse.ledger import new_load_id

MANIFEST, LATEST = "manifest.json", "latest.json"
EXPORT_ID = re.compile(r"\d{8}T\d{6}\.\d{6}-[0-9a-f]{8}")
Progress = Callable[[str, int, int], None]  # what, done, total


def export(
    warehouse: Warehouse,
    to: str,
    marts: list[str],
    file_format: str = "parquet",
    keep: int = 2,
    progress: Progress = lambda *_: None,
) -> dict:
    """Export these marts, or all, as they are at one moment; returns the manifest.

    ``to`` is a folder or a URL that fsspec knows, for exports of this warehouse alone. The newest
    ``keep`` exports stay there. Whatever goes wrong is a UserError and leaves the export that was
    current as it was.
    """
    destination, export_id = Destination(to), new_load_id()
    with warehouse.exclusive(f"marts to {destination.url}", "export"):
        _remove_halves(destination)
        try:
            with open_snapshot(warehouse, marts) as snapshot:
                writer = _Writer(snapshot, destination, export_id, file_format, progress)
                manifest = {
                    "export_id": export_id,
                    "exported_at": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
                    "armazem_version": version("armazem"),
                    "engine": snapshot.engine,
                    "format": file_format,
                    "data_as_of": _data_as_of(snapshot),
                    "marts": [writer.write(mart) for mart in snapshot.marts],
                }
        # what DuckDB has against a stream of rows comes through Arrow as an OSError
        except (psycopg.Error, duckdb.Error, pa.ArrowException, OSError) as error:
            raise UserError(f"nothing is exported: {first_line(error)}") from error
        _publish(destination, manifest)
        _remove_old(destination, keep)
    return manifest


class _Writer:
    """Writes marts of one snapshot into the folder of one export."""

    def __init__(
        self,
        snapshot: Snapshot,
        destination: Destination,
        export_id: str,
        file_format: str,
        progress: Progress,
    ) -> None:
        self.snapshot, self.destination, self.export_id = snapshot, destination, export_id
        self.file_format, self.progress = file_format, progress
        self.partitions = declared_partitions()

    def write(self, mart: str) -> dict:
        """All files of a mart; returns what the manifest says of it."""
        partitions = self.partitions.get(mart, [])
        ((expected,),) = self.snapshot.rows(f'select count(*) from marts."{mart}"')
        comments = self.snapshot.comments(mart)
        done = 0

        def wrote(rows: int) -> None:
            nonlocal done
            done += rows
            self.progress(mart, done, expected)

        with self.snapshot.batches(_query(mart, partitions)) as batches:
            columns = [
                {
                    "name": field.name,
                    "type": str(field.type),
                    "description": comments.get(field.name),
                }
                for field in batches.schema
            ]
            create = partial(self.destination.create, self.export_id)
            files = list(write_files(create, mart, self.file_format, batches, partitions, wrote))
        if done != expected:
            raise UserError(f"nothing is exported: {mart} has {expected} rows, {done} were read")
        return {
            "name": mart,
            "description": comments.get(None),
            "rows": expected,
            "partition_by": [partition.name for partition in partitions],
            "columns": columns,
            "files": files,
        }


def _query(mart: str, partitions: list[Partition]) -> str:
    """A mart's rows, those of one partition together."""
    derived = (f', {p.expression} as "{p.name}"' for p in partitions if p.expression)
    query = f'select *{"".join(derived)} from marts."{mart}"'
    if partitions:
        query += " order by " + ", ".join(f'"{partition.name}"' for partition in partitions)
    return query


def _data_as_of(snapshot: Snapshot) -> dict[str, str]:
    """Of which time the newest data is: of the registry's history, and per source in the ledger."""
    queries = {
        "registry_releases": "select 'registry', max(extracted_at) from marts.registry_releases",
        "load_ledger": "select source, max(as_of) from marts.load_ledger group by source",
    }
    return {
        source: as_of.isoformat()
        for mart, query in queries.items()
        if mart in snapshot.dates
        for source, as_of in snapshot.rows(query)
        if as_of
    }


def _publish(destination: Destination, manifest: dict) -> None:
    """Make an export the newest, if all its files are there."""
    export_id = manifest["export_id"]
    files = [file for mart in manifest["marts"] for file in mart["files"]]
    if destination.sizes(export_id) != {file["path"]: file["bytes"] for file in files}:
        raise UserError(f"nothing is exported: {destination.url} does not have what was written")
    path = f"{export_id}/{MANIFEST}"
    destination.put(path, _json(manifest))
    newest = {"export_id": export_id, "exported_at": manifest["exported_at"], "manifest": path}
    destination.put(LATEST, _json(newest))


def _remove_halves(destination: Destination) -> None:
    """Remove what killed exports left behind."""
    for export_id in filter(EXPORT_ID.fullmatch, destination.folders()):
        if not destination.has(f"{export_id}/{MANIFEST}"):
            destination.remove(export_id)


def _remove_old(destination: Destination, keep: int) -> None:
    """Remove all but the newest exports; the manifest goes first, for no half to have one."""
    for export_id in list(filter(EXPORT_ID.fullmatch, destination.folders()))[:-keep]:
        destination.remove(f"{export_id}/{MANIFEST}")
        destination.remove(export_id)


def _json(content: dict) -> bytes:
    return json.dumps(content, indent=2, ensure_ascii=False).encode()
