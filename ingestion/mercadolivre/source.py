"""The marketplace as a dlt source: a resource for each table, out of batches of fetched rows."""

from collections.abc import Iterable, Iterator
from typing import Any

import dlt
from dlt.extract import DltResource

from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.tables import TABLES, Table, columns


@dlt.source(name="mercadolivre", max_table_nesting=0)
def mercadolivre(batches: Iterable[Batch]) -> Iterator[DltResource]:
    """Yield the tables of :mod:`ingestion.mercadolivre.tables`, merged on what their rows replace.

    ``batches`` come from :func:`ingestion.mercadolivre.extract.extract`. Lists and objects stay
    JSON; data types are frozen.
    """

    @dlt.resource(name="batches", selected=False)
    def fetched() -> Iterator[Batch]:
        yield from batches

    yield fetched
    for table in TABLES:
        yield dlt.transformer(
            _rows_of(table),
            data_from=fetched,
            name=table.table,
            columns=columns(table),
            merge_key=table.replaces,
            write_disposition="merge",
            schema_contract={"columns": "freeze", "data_type": "freeze"},
        )


def _rows_of(table: type[Table]) -> Any:
    def rows(batch: Batch) -> Iterator[Any]:
        yield batch.rows.get(table) or dlt.mark.materialize_table_schema()

    return rows
