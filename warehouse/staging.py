"""Publishing what a load has staged: all tables of a schema at once, or none.

A load that has everything swaps the tables (:func:`publish_schema`; :class:`Replacement` where they
are large); one that has a batch merges its rows by their keys (:func:`merge_schema`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    for old in _tables(connection, live):
        connection.execute(sa.text(f"drop table {live}.{old}"))
    for new in _tables(connection, staged):
        connection.execute(sa.text(f"create table {live}.{new} as from {staged}.{new}"))
    drop_schema(connection, staged)


@dataclass(frozen=True)
class Replacement:
    """Large tables that are to take the place of all those of ``schema``, without being copied.

    PostgreSQL stages them in a schema of its own (`publish_schema`). DuckDB can rename tables only,
    so there they wait in the schema itself under another name.
    """

    warehouse: Warehouse
    schema: str

    def name(self, table: str) -> str:
        """What a table is called while it is staged."""
        if self.warehouse.is_postgres:
            return f"{self.schema}_next.{table}"
        return f"{self.schema}.{table}_next"

    def begin(self, connection: sa.Connection) -> None:
        """Make room: a killed load leaves its half behind."""
        if self.warehouse.is_postgres:
            drop_schema(connection, f"{self.schema}_next")
            connection.execute(sa.text(f"create schema {self.schema}_next"))
            return
        connection.execute(sa.text(f"create schema if not exists {self.schema}"))
        for table in _tables(connection, self.schema):
            if table.endswith("_next"):
                connection.execute(sa.text(f"drop table {self.schema}.{table}"))

    def publish(self, connection: sa.Connection) -> None:
        """Let the staged tables be those of the schema, inside the caller's transaction."""
        if self.warehouse.is_postgres:
            publish_schema(self.warehouse, connection, f"{self.schema}_next", self.schema)
            return
        tables = _tables(connection, self.schema)
        for old in tables:
            if not old.endswith("_next"):
                connection.execute(sa.text(f"drop table {self.schema}.{old}"))
        for new in tables:
            if new.endswith("_next"):
                name = new.removesuffix("_next")
                connection.execute(sa.text(f"alter table {self.schema}.{new} rename to {name}"))


def merge_schema(
    connection: sa.Connection, staged: str, live: str, keys: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Put the rows of ``staged`` in the place of those of ``live`` that have the same key.

    Runs inside the caller's transaction and leaves ``staged`` as it is. ``keys`` names the key
    columns of every table (KeyError where it does not); keys are never null. Rows that share a key
    are replaced together. Tables and columns that ``live`` lacks are created, on PostgreSQL with
    indexes on the key and on dlt's load where there is none; columns that ``staged`` lacks become
    null. A value takes the type of the live column by assignment, so a fraction is rounded where
    that is an integer. Returns the rows put in, per table; tables of dlt's own (``_dlt_*``) are
    left out.
    """
    run, is_postgres = connection.exec_driver_sql, connection.dialect.name == "postgresql"
    run(f"create schema if not exists {live}")
    live_tables = _columns(connection, live)
    indexed = _indexed(connection, live) if is_postgres else ()
    merged = {}
    for table, columns in _columns(connection, staged).items():
        if table.startswith("_dlt_"):
            continue
        key = [_quoted(column) for column in keys[table]]
        source, target = f"{staged}.{_quoted(table)}", f"{live}.{_quoted(table)}"
        if table not in live_tables:
            run(f"create table {target} as select * from {source} limit 0")
        types = live_tables.get(table, columns)
        missing = [column for column in columns if column not in types]
        if missing and is_postgres:  # a reader may hold the table; see publish_schema
            run("set local lock_timeout = '60s'")
        for column in missing:
            run(f"alter table {target} add column {column} {columns[column]}")
        # in DuckDB an index forbids to put a deleted key back before the commit
        if is_postgres and table not in indexed:
            run(f"create index on {target} ({', '.join(key)})")
            if '"_dlt_load_id"' in columns:  # what is derived a batch at a time reads the newest
                run(f'create index on {target} ("_dlt_load_id")')
        merged[table] = connection.scalar(sa.text(f"select count(*) from {source}"))
        if not merged[table]:
            continue
        if is_postgres:  # a plan made without statistics would read the whole live table
            run(f"analyze {source}")
        same_key = " and ".join(
            f"old.{column} = cast(new.{column} as {(columns | types)[column]})" for column in key
        )
        run(f"delete from {target} as old using {source} as new where {same_key}")
        names = ", ".join(columns)
        run(f"insert into {target} ({names}) select {names} from {source}")
    return merged


def _tables(connection: sa.Connection, schema: str) -> list[str]:
    query = "select table_name from information_schema.tables where table_schema = :schema"
    return list(connection.scalars(sa.text(query), {"schema": schema}))


def _columns(connection: sa.Connection, schema: str) -> dict[str, dict[str, str]]:
    """Per table its columns, quoted and in order, with their types as SQL writes them."""
    query = (
        """
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        from pg_attribute as a
        inner join pg_class as c on a.attrelid = c.oid
        where
            c.relnamespace = to_regnamespace(:schema)
            and c.relkind in ('r', 'p')
            and a.attnum > 0
            and not a.attisdropped
        order by c.relname, a.attnum
        """
        if connection.dialect.name == "postgresql"
        else """
        select table_name, column_name, data_type from duckdb_columns()
        where schema_name = :schema and database_name = current_database()
        order by table_name, column_index
        """
    )
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(sa.text(query), {"schema": schema}):
        tables.setdefault(table, {})[_quoted(column)] = kind
    return tables


def _indexed(connection: sa.Connection, schema: str) -> set[str]:
    """The tables that have an index, whichever."""
    query = sa.text("select tablename from pg_indexes where schemaname = :schema")
    return set(connection.scalars(query, {"schema": schema}))


def _quoted(name: str) -> str:
    """A name that may be a word of SQL's, such as ``order``."""
    return '"' + name.replace('"', '""') + '"'
