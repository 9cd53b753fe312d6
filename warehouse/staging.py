"""Publishing what a load has staged: all tables of a schema at once, or none."""

import sqlalchemy as sa

from warehouse.connection import Warehouse


def drop_schema(connection: sa.Connection, schema: str) -> None:
    """Drop a schema with all it holds, if it exists."""
    connection.execute(sa.text(f"drop schema if exists {schema} cascade"))


def table_exists(connection: sa.Connection, schema: str, table: str) -> bool:
    query = sa.text(
        "select count(*) from information_schema.tables"
        " where table_schema = :schema and table_name = :table"
    )
    return bool(connection.scalar(query, {"schema": schema, "table": table}))


def publish_schema(warehouse: Warehouse, connection: sa.Connection, staged: str, live: str) -> None:
    """Make the tables of ``staged`` those of ``live``, inside the caller's transaction.

    PostgreSQL renames the schema: no row is copied, and dbt's views on the old tables go with
    them until the next build. DuckDB cannot rename a schema and copies, still in one transaction.
    """
    if warehouse.is_postgres:
        # a reader of the old tables may hold them; waiting for ever would hold everybody else
        connection.execute(sa.text("set local lock_timeout = '60s'"))
        drop_schema(connection, live)
        connection.execute(sa.text(f"alter schema {staged} rename to {live}"))
        return
    connection.execute(sa.text(f"create schema if not exists {live}"))
    tables = sa.text(
        "select table_name from information_schema.tables where table_schema = :schema"
    )
    for old in connection.scalars(tables, {"schema": live}).all():
        connection.execute(sa.text(f"drop table {live}.{old}"))
    for new in connection.scalars(tables, {"schema": staged}).all():
        connection.execute(sa.text(f"create table {live}.{new} as from {staged}.{new}"))
    drop_schema(connection, staged)
