"""The raw tables of a warehouse, filled in bulk with files of rows."""

import csv
from pathlib import Path

import duckdb
import sqlalchemy as sa

from benchmarks.raw_files import NULL
from ingestion.mercadolivre.known import SCHEMA
from ingestion.mercadolivre.load import STAGED, Loader, publish
from ingestion.mercadolivre.settings import Settings
from warehouse import Warehouse
from warehouse.secrets import Vault, new_key
from warehouse.staging import drop_schema


def make_tables(warehouse: Warehouse, state: Warehouse) -> None:
    """The raw tables with their types and indexes, as a load that fetches nothing leaves them."""
    with Loader(warehouse, state, Settings(), Vault([new_key()])):
        pass


def put(warehouse: Warehouse, folder: Path) -> None:
    """Copy a year's files into empty raw tables."""
    copy(warehouse, folder, SCHEMA)
    _analyze(warehouse)


def merge(warehouse: Warehouse, folder: Path) -> None:
    """Merge a day's files into the raw tables, as a load does."""
    with warehouse.begin() as connection:
        drop_schema(connection, STAGED)
        connection.execute(sa.text(f"create schema {STAGED}"))
        for path in folder.glob("*.csv"):
            empty = f"select * from {SCHEMA}.{path.stem} limit 0"
            connection.execute(sa.text(f"create table {STAGED}.{path.stem} as {empty}"))
    counts = copy(warehouse, folder, STAGED)
    with warehouse.begin() as connection:
        publish(connection, counts)
    _analyze(warehouse)


def _analyze(warehouse: Warehouse) -> None:
    """What the server does by itself, some minutes later."""
    if warehouse.is_postgres:
        with warehouse.begin() as connection:
            connection.execute(sa.text("analyze"))


def copy(warehouse: Warehouse, folder: Path, schema: str) -> dict[str, int]:
    """Copy the files of a folder into the tables of that schema; returns rows by table."""
    counts = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open() as file:
            names = ", ".join(f'"{name}"' for name in next(csv.reader(file)))
        table = f'{schema}."{path.stem}"'
        if warehouse.is_postgres:
            options = f"format csv, header, null '{NULL}'"
            with warehouse.begin() as connection, path.open("rb") as file:
                cursor = connection.connection.driver_connection.cursor()
                with cursor.copy(f"copy {table} ({names}) from stdin ({options})") as stream:
                    while block := file.read(1 << 20):
                        stream.write(block)
                counts[path.stem] = cursor.rowcount
        else:
            options = f"header = true, all_varchar = true, nullstr = '{NULL}', quote = '\"'"
            with duckdb.connect(warehouse.url) as connection:
                insert = f"insert into {table} ({names})"
                read = f"from read_csv('{path}', {options}, escape = '\"', delim = ',')"
                (counts[path.stem],) = connection.execute(
                    f"{insert} select {names} {read}"
                ).fetchone()
    return counts
