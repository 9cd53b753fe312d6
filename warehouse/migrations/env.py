"""Alembic's entry point: one transaction on the warehouse it is given."""

import sqlalchemy as sa
from alembic import context

from warehouse.staging import table_exists
from warehouse.tables import metadata


def drop_stand_ins(connection: sa.Connection) -> None:
    """Drop the empty tables dbt made, should it have run before any command of ours."""
    if not table_exists(connection, "ops", "alembic_version"):
        for table in metadata.tables.values():
            if table_exists(connection, "ops", table.name) and not connection.scalar(
                sa.select(sa.func.count()).select_from(table)
            ):
                connection.execute(sa.text(f"drop table {table} cascade"))


warehouse = context.config.attributes["warehouse"]
with warehouse.begin() as connection:
    if warehouse.is_postgres:  # two first commands at once must not both create everything
        connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('armazem migrations'))"))
    connection.execute(sa.text("create schema if not exists ops"))
    drop_stand_ins(connection)
    context.configure(connection=connection, version_table_schema="ops")
    with context.begin_transaction():
        context.run_migrations()
