"""The registry as a dlt source: ten tables of text and one row that says which release it is."""

from collections.abc import Iterable, Iterator
from typing import Any

import dlt
from dlt.extract import DltResource

from ingestion.cnpj.files import PreparedFile
from ingestion.cnpj.layout import KINDS, Kind


@dlt.source(name="cnpj", max_table_nesting=0)
def registry(files: Iterable[PreparedFile], release: dict[str, Any]) -> Iterator[DltResource]:
    """Yield a resource per kind of file, handing prepared files over as they are.

    ``release`` becomes the one row of the table ``releases``: month, extraction_date, load_id,
    is_partial.
    """
    files = list(files)
    for kind in KINDS:
        yield dlt.resource(
            _imports([file for file in files if file.file.kind == kind]),
            name=kind.table,
            columns=_text_columns(kind),
            write_disposition="replace",
            schema_contract={"columns": "freeze", "data_type": "freeze"},
        )
    yield dlt.resource([release], name="releases", write_disposition="replace")


def _imports(files: list[PreparedFile]) -> Iterator[Any]:
    if not files:
        yield dlt.mark.materialize_table_schema()
    for file in files:
        file_format = file.path.suffix.removeprefix(".")
        yield dlt.mark.with_file_import(str(file.path), file_format, items_count=file.rows)


def _text_columns(kind: Kind) -> dict[str, Any]:
    return {name: {"data_type": "text", "nullable": True} for name in kind.columns}
