"""Alembic's entry point: one transaction on the warehouse it is given."""

import sqlalchemy as sa
from alembic import context

warehouse = context.config.attributes["warehouse"]
with warehouse.begin() as connection:
    if warehouse.is_postgres:  # two first commands at once must not both create everything
        connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('armazem migrations'))"))
    connection.execute(sa.text("create schema if not exists ops"))
    context.configure(connection=connection, version_table_schema="ops")
    with context.begin_transaction():
        context.run_migrations()
