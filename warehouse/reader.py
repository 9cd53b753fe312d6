"""Queries as the ``reader`` role: the schema ``marts``, and no writing."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import psycopg

from warehouse.connection import Warehouse
from warehouse.errors import UserError, first_line


def read(warehouse: Warehouse, query: str) -> tuple[list[str], list[tuple]]:
    """Run one statement and return its column names and rows.

    On PostgreSQL the session becomes ``reader``, so only ``marts`` is visible; on DuckDB the file
    is opened read-only. A statement that fails, or returns no rows by nature, raises UserError.
    """
    try:
        cursor = _execute_postgres if warehouse.is_postgres else _execute_duckdb
        return cursor(warehouse.url, query)
    except (psycopg.Error, duckdb.Error) as error:
        raise UserError(first_line(error)) from error


@contextmanager
def connect_as_reader(url: str) -> Iterator[psycopg.Connection]:
    """A session of PostgreSQL that sees ``marts`` only and writes nothing; times are in UTC."""
    options = (
        "-c timezone=UTC -c datestyle=ISO -c client_encoding=UTF8"
        " -c default_transaction_read_only=on -c search_path=marts"
    )
    with psycopg.connect(url, options=options) as connection:
        connection.execute("set role reader")
        yield connection


def _execute_postgres(url: str, query: str) -> tuple[list[str], list[tuple]]:
    with connect_as_reader(url) as connection:
        cursor = connection.execute(query, prepare=True)  # a prepared statement is a single one
        if cursor.description is None:
            raise UserError("the statement returns no rows: only queries can be run here")
        return [column.name for column in cursor.description], cursor.fetchall()


def _execute_duckdb(path: str, query: str) -> tuple[list[str], list[tuple]]:
    with duckdb.connect(path, read_only=True) as connection:
        try:
            connection.execute("set search_path = 'marts'")
        except duckdb.CatalogException:
            raise UserError("nothing is built yet: load a release and run dbt build") from None
        cursor = connection.execute(query)
        return [column[0] for column in cursor.description], cursor.fetchall()


def allow_login(warehouse: Warehouse) -> None:
    """Let ``reader`` log in with the password ``reader``, for clients on the loopback port."""
    with psycopg.connect(warehouse.url) as connection:
        connection.execute("alter role reader login password 'reader'")
        connection.execute("alter role reader set search_path = marts")
