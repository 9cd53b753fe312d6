"""The registry as a dlt source: ten tables of text, what they lack, and which release it is."""

import re
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
    is_partial. ``unreadable_rows`` lists the establishments whose rows were set aside.
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
    yield dlt.resource(
        _unreadable_rows(files),
        name="unreadable_rows",
        columns={name: {"data_type": "text"} for name in ("tabela", "cnpj")},
        write_disposition="replace",
    )
    yield dlt.resource([release], name="releases", write_disposition="replace")


# The number a damaged row begins with, whatever has become of the quotes around it.
_CNPJ = re.compile(r"\W*([0-9A-Z]{8})\W+([0-9A-Z]{4})\W+([0-9]{2})\b")


def _unreadable_rows(files: list[PreparedFile]) -> Iterator[Any]:
    """Which establishments were dead-lettered: they are unseen, which is not the same as gone."""
    yield dlt.mark.materialize_table_schema()
    for file in files:
        for letter in file.dead_letters:
            match = _CNPJ.match(letter.payload)
            if match and letter.resource == "estabelecimentos":
                yield {"tabela": letter.resource, "cnpj": "".join(match.groups())}


def _imports(files: list[PreparedFile]) -> Iterator[Any]:
    if not files:
        yield dlt.mark.materialize_table_schema()
    for file in files:
        file_format = file.path.suffix.removeprefix(".")
        yield dlt.mark.with_file_import(str(file.path), file_format, items_count=file.rows)


def _text_columns(kind: Kind) -> dict[str, Any]:
    return {name: {"data_type": "text", "nullable": True} for name in kind.columns}
