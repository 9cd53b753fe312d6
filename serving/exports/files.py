"""Batches of rows into files, one per partition."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from operator import itemgetter

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.csv import CSVWriter
from pyarrow.parquet import ParquetWriter

from serving.exports.destination import HashedFile
from serving.exports.partitions import Partition, folder_of

ROW_GROUP = 122_880  # rows that a reader takes at once: DuckDB's number
WRITERS: dict[str, Callable] = {
    "parquet": lambda file, schema: ParquetWriter(file, schema, compression="zstd"),
    "csv": CSVWriter,  # texts are quoted, nulls are not
}


def write_files(
    create: Callable[[str], AbstractContextManager[HashedFile]],
    folder: str,
    extension: str,
    batches: pa.RecordBatchReader,
    partitions: Sequence[Partition],
    wrote: Callable[[int], None],
) -> Iterator[dict]:
    """Write batches, which come in order of their partitions, and tell each file for the manifest.

    As usual, columns of partitions are in the folders' names alone. Without a row there is one
    file, which shows the columns. ``wrote`` is told how many rows more have gone into files.
    """
    names = [partition.name for partition in partitions]
    schema = pa.schema([field for field in batches.schema if field.name not in names])
    for values, runs in groupby(_runs(batches, names), key=itemgetter(0)):
        path = f"{folder}/{folder_of(partitions, values)}part-0.{extension}"
        rows = 0
        with create(path) as file, WRITERS[extension](file, schema) as writer:
            for table in _gathered(run.select(schema.names) for _, run in runs):
                writer.write_table(table)
                rows += len(table)
                wrote(len(table))
        yield {"path": path, "rows": rows, "bytes": file.bytes, "sha256": file.sha256}


def _runs(
    batches: pa.RecordBatchReader, names: Sequence[str]
) -> Iterator[tuple[tuple, pa.RecordBatch]]:
    """Cut batches where the values of these columns change; each piece comes after its values."""
    is_empty = True
    for batch in batches:
        ends = {batch.num_rows}.union(
            *(pc.run_end_encode(batch[name]).run_ends.to_pylist() for name in names)
        )
        start = 0
        for end in sorted(ends - {0}):
            values = tuple(batch[name][start].as_py() for name in names)
            yield values, batch.slice(start, end - start)
            start, is_empty = end, False
    if is_empty:
        yield (None,) * len(names), pa.RecordBatch.from_pylist([], schema=batches.schema)


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Small batches, put together until they are row groups."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= ROW_GROUP:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)
