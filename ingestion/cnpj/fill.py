"""Filling the staged tables: every core takes checked pieces and hands them to the database.

PostgreSQL takes a stream of ``COPY`` per core; DuckDB, which reads CSV files only, is given a pipe
to read. Plain rows are the same bytes for both; special ones are escaped for the one and quoted
for the other.
"""

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from itertools import groupby

import duckdb
import psycopg

from ingestion.cnpj.layout import KINDS, Kind
from ingestion.cnpj.pieces import CheckedPieces
from ingestion.cnpj.rows import DELIMITER, Checked
from warehouse import UserError, Warehouse
from warehouse.errors import first_line

DUCKDB_MEMORY = "500MB"

# How COPY's text format writes the characters that mean something to it.
ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", DELIMITER: f"\\{DELIMITER}"})

Name = Callable[[str], str]  # of a table, as it is called while staged
Pieces = Iterable[tuple[Kind, Checked]]


def fill(warehouse: Warehouse, name: Name, pieces: CheckedPieces) -> Counter[str]:
    """Copy all pieces into the tables; the rows that the database says arrived, by table.

    Raises UserError in one line.
    """
    run = _copy if warehouse.is_postgres else _insert
    # Once so much was freed, glibc keeps smaller memory that is freed for the next to ask for it,
    # instead of having the system take and zero every page of every piece anew.
    bytearray(16 << 20)
    workers = os.cpu_count() or 1
    try:
        # closed, so that all stop when one fails or we are interrupted
        with ThreadPoolExecutor(workers) as pool, closing(pieces):
            jobs = [pool.submit(run, warehouse, name, pieces) for _ in range(workers)]
            wait(jobs, return_when=FIRST_EXCEPTION)
        return sum((job.result() for job in jobs), Counter())
    except (psycopg.Error, duckdb.Error) as error:
        raise UserError(f"loading failed: {first_line(error)}") from error


def _copy(warehouse: Warehouse, name: Name, pieces: Pieces) -> Counter[str]:
    arrived: Counter[str] = Counter()
    with psycopg.connect(warehouse.url, autocommit=True, client_encoding="utf8") as connection:
        for kind, rows in _by_kind(pieces):
            options = f"format text, delimiter '{DELIMITER}', null ''"
            with connection.cursor() as cursor:
                with cursor.copy(f"copy {name(kind.table)} from stdin ({options})") as copy:
                    for checked in rows:
                        copy.write(checked.plain + _escaped(checked.special))
                arrived[kind.table] += cursor.rowcount
    return arrived


def _escaped(rows: list[list[str]]) -> bytes:
    lines = (DELIMITER.join(field.translate(ESCAPES) for field in row) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def _insert(warehouse: Warehouse, name: Name, pieces: Pieces) -> Counter[str]:
    arrived: Counter[str] = Counter()
    with duckdb.connect(warehouse.url) as connection, ThreadPoolExecutor(1) as reader:
        connection.execute(f"set memory_limit = '{DUCKDB_MEMORY}'")
        connection.execute("set threads = 1")  # each of ours inserts what it checked, alone
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set enable_progress_bar = false")  # ours shows the whole
        for kind, rows in _by_kind(pieces):
            readable, writable = os.pipe()
            insert = f"insert into {name(kind.table)} {_reading(kind, readable)}"
            inserted = reader.submit(connection.execute, insert)
            # so that writing fails instead of waiting when nobody reads any more
            inserted.add_done_callback(lambda _, end=readable: os.close(end))
            with suppress(BrokenPipeError), os.fdopen(writable, "wb") as pipe:
                for checked in rows:
                    pipe.write(checked.plain + _quoted(checked.special))
            arrived[kind.table] += inserted.result().fetchone()[0]
    return arrived


def _quoted(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    dialect = {"delimiter": DELIMITER, "quoting": csv.QUOTE_ALL, "lineterminator": "\n"}
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue().encode()


def _reading(kind: Kind, descriptor: int) -> str:
    columns = ", ".join(f"'{column}': 'varchar'" for column in kind.columns)
    return (
        f"from read_csv('/dev/fd/{descriptor}', auto_detect=false, header=false,"
        f" delim='{DELIMITER}', quote='\"', escape='\"', new_line='\\n', columns={{{columns}}})"
    )


def _by_kind(pieces: Pieces) -> Iterator[tuple[Kind, Iterator[Checked]]]:
    for kind, group in groupby(pieces, key=lambda piece: piece[0]):
        yield kind, (checked for _, checked in group)


def create_tables(name: Name, unlogged: bool) -> list[str]:
    """Statements that make the staged tables: all columns are text.

    ``unlogged``: a crash of the server empties them, which dbt refuses to build on, and the files
    are still there to load again; in return nothing is written twice.
    """
    kind_of_table = "unlogged table" if unlogged else "table"
    return [
        f"create {kind_of_table} {name(kind.table)}"
        f" ({', '.join(f'{column} text' for column in kind.columns)})"
        for kind in KINDS
    ]
