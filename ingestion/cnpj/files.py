"""Making a registry file fit for bulk loading, without losing a row of it.

Three steps, the third only where the second asks for it:

1. *clean*: stream the file out of its zip, as UTF-8, without NUL bytes, counting its lines;
2. *check*: DuckDB reads it at disk speed and counts the rows that have the right columns;
3. *repair*: when rows and lines differ, read the file record by record under the strict grammar,
   keep what is well formed and hand out the rest as dead letters.

Lines are counted by the first step and rows by the other two, so the sums can be held against
each other: ``lines = rows + dead letters + line breaks inside fields``.
"""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

import duckdb

from ingestion.cnpj.layout import Kind
from ingestion.cnpj.release import ReleaseFile
from warehouse import UserError
from warehouse.dead_letters import DeadLetter

CHUNK = 4 << 20  # bytes
# Above this the layout has changed, and a thousand dead letters would only hide it.
MOST_DEAD_LETTERS = 0.01
FEW_DEAD_LETTERS = 10

FileFormat = Literal["csv", "parquet"]


@dataclass
class PreparedFile:
    """A checked file, ready to be loaded: ``rows`` of it, ``dead_letters`` apart."""

    file: ReleaseFile
    path: Path
    lines: int = 0
    rows: int = 0
    nul_bytes: int = 0
    lines_inside_fields: int = 0
    dead_letters: list[DeadLetter] = field(default_factory=list)

    @property
    def source_rows(self) -> int:
        return self.lines - self.lines_inside_fields


def prepare(file: ReleaseFile, folder: Path, file_format: FileFormat) -> PreparedFile:
    """Clean and check ``file`` into ``folder``; the result is CSV with a header, or Parquet.

    Raises UserError when the file is damaged or its layout is not the official one.
    """
    prepared = PreparedFile(file, folder / f"{file.path.name}.csv")
    suspicious = _clean(prepared)
    with duckdb.connect(config={"threads": 1, "memory_limit": "400MB"}) as connection:
        prepared.rows = prepared.lines
        if suspicious or _count_rows(connection, prepared) != prepared.lines:
            _repair(prepared)
        _require_layout(prepared)
        if file_format == "parquet":
            _convert(connection, prepared)
    return prepared


def _clean(prepared: PreparedFile) -> bool:
    """Write the file as UTF-8 without NUL bytes; True if it has what only a repair can judge."""
    columns = prepared.file.kind.columns
    separators, end_marker, last = 0, False, b""
    with prepared.file.open() as source, prepared.path.open("wb") as target:
        target.write(_header(prepared.file.kind))
        for chunk in _chunks(source):
            if nul_bytes := chunk.count(b"\0"):
                prepared.nul_bytes += nul_bytes
                chunk = chunk.translate(None, b"\0")
            window = last + chunk
            prepared.lines += chunk.count(b"\n")
            separators += window.count(b'";"')
            # Before version 18, COPY takes a lone \. for the end of the data, even inside quotes.
            end_marker = end_marker or b"\n\\." in window
            last = window[-2:]
            target.write(chunk if chunk.isascii() else chunk.decode("latin-1").encode())
    if last and not last.endswith(b"\n"):
        prepared.lines += 1
    # Where all fields are quoted there are exactly this many. An unquoted one could hide a quote;
    # the first field cannot, for the check looks at the key.
    return end_marker or separators != prepared.lines * (len(columns) - 1)


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk


def _header(kind: Kind) -> bytes:
    return ";".join(kind.columns).encode() + b"\n"


def _reading(prepared: PreparedFile, options: str = "") -> str:
    columns = ", ".join(f"'{name}': 'varchar'" for name in prepared.file.kind.columns)
    path = str(prepared.path).replace("'", "''")
    return (
        f"from read_csv('{path}', auto_detect=false, header=true, delim=';', quote='\"',"
        f" escape='\"', new_line='\\n', columns={{{columns}}}{options})"
    )


def _count_rows(connection: duckdb.DuckDBPyConnection, prepared: PreparedFile) -> int | None:
    """Rows with the right columns and a key; None when the reader gives up on the file."""
    kind = prepared.file.kind
    has_key = " and ".join(
        f"regexp_full_match({column}, '{pattern}')"
        for column, pattern in zip(kind.columns, kind.key, strict=False)
    )
    reading = _reading(prepared, ", ignore_errors=true")
    query = f"select count(*) filter (where {has_key}) {reading}"
    try:
        return connection.execute(query).fetchone()[0]
    except duckdb.InvalidInputException:
        return None


def _convert(connection: duckdb.DuckDBPyConnection, prepared: PreparedFile) -> None:
    parquet = prepared.path.with_suffix(".parquet")
    path = str(parquet).replace("'", "''")
    try:
        connection.execute(f"copy ({_reading(prepared)}) to '{path}' (format parquet)")
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"{prepared.file.path.name} cannot be read: {reason}") from error
    prepared.path.unlink()
    prepared.path = parquet


def _repair(prepared: PreparedFile) -> None:
    """Rewrite the file with its well-formed records only; the others become dead letters."""
    kind = prepared.file.kind
    one_field = rb'(?:"(?:[^"]++|"")*+"|[^";\r\n]*+)'
    record = re.compile(one_field + rb"(?:;" + one_field + rb"){%d}" % (len(kind.columns) - 1))
    key = re.compile(b";".join(b'"?' + part.encode() + b'"?' for part in kind.key) + b";")
    record_of_any_width = re.compile(one_field + rb"(?:;" + one_field + rb")*+\r?")
    line_end = re.compile(rb"\r?\n|\Z")
    repaired = prepared.path.with_suffix(".repaired")
    prepared.rows, line = 0, 0
    with prepared.path.open("rb") as source, repaired.open("wb") as target:
        header = source.readline()
        target.write(header)
        with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
            position = len(header)
            while position < len(data):
                match = record.match(data, position)
                end = line_end.match(data, match.end()) if match else None
                if end and key.match(match[0]) and b"\n\\.\n" not in match[0]:
                    inside = match[0].count(b"\n")
                    prepared.rows += 1
                    prepared.lines_inside_fields += inside
                    target.write(match[0] + b"\n")
                    line += 1 + inside
                    position = end.end()
                    continue
                stop = data.find(b"\n", position)
                stop = len(data) if stop < 0 else stop
                line += 1
                text = data[position:stop]
                of_any_width = record_of_any_width.fullmatch(text)
                prepared.dead_letters.append(_dead_letter(prepared.file, line, text, of_any_width))
                position = stop + 1
    repaired.replace(prepared.path)
    if prepared.source_rows != prepared.rows + len(prepared.dead_letters):
        raise UserError(
            f"{prepared.file.path.name} has {prepared.source_rows} rows, of which only"
            f" {prepared.rows} were read and {len(prepared.dead_letters)} set aside: please report"
        )


def _dead_letter(file: ReleaseFile, line: int, text: bytes, of_any_width: object) -> DeadLetter:
    expected = len(file.kind.columns)
    if not text.strip():
        error_class, message = "empty_line", "the line is empty"
    elif of_any_width:
        found = len(re.findall(rb'(?:^|;)(?:"(?:[^"]|"")*"|[^";]*)', text))
        error_class, message = "column_count", f"{found} columns instead of {expected}"
        if found == expected:
            error_class, message = "key", "the row does not begin with a key"
    else:
        error_class, message = "quoting", "a quote is missing or not doubled"
    return DeadLetter(
        resource=file.kind.table,
        stage="check",
        error_class=error_class,
        error_message=message,
        payload=text.decode(),
        location=f"{file.path.name}, line {line}",
    )


def _require_layout(prepared: PreparedFile) -> None:
    dead = len(prepared.dead_letters)
    if dead <= FEW_DEAD_LETTERS and prepared.rows:
        return
    if dead > MOST_DEAD_LETTERS * prepared.source_rows or (dead and not prepared.rows):
        first = prepared.dead_letters[0]
        raise UserError(
            f"{prepared.file.path.name} is not in the official layout: {dead} of"
            f" {prepared.source_rows} rows cannot be read (line 1 of them: {first.error_message},"
            f" {first.location})"
        )
