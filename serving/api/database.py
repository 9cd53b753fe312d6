"""The API's way to the database: one pool that can only read the marts, one that writes watches.

Roles decide what each may do, whatever a query says: connections of the first are ``reader``,
which sees the schema ``marts``, of the second ``api_writer``, which sees watches and users.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from psycopg import AsyncConnection, errors
from psycopg.adapt import Buffer, Loader
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from serving.api.settings import Settings
from warehouse import UserError, Warehouse
from warehouse.connection import connection_keywords
from warehouse.settings import wrong

QUERIES = Path(__file__).parent / "queries"
ACQUIRE_SECONDS = 5.0


def load_query(name: str) -> str:
    """The text of a query under ``queries``, in one line: psycopg reads short ones but once."""
    lines = (line.strip() for line in (QUERIES / f"{name}.sql").read_text().splitlines())
    return " ".join(line for line in lines if not line.startswith("--"))


def filtered(query: str, filters: Mapping[str, str], values: Mapping[str, Any]) -> str:
    """The query with those of the ``filters`` whose value is given, for ``{filters}``.

    Each combination is a statement of its own, so that each finds its index: one with
    ``(… is null or …)`` would be planned once for all.
    """
    given = [condition for name, condition in filters.items() if values[name] is not None]
    return query.format(filters=" and ".join(given) or "true")


class RawJson(Loader):
    """JSON as the database wrote it, which is how it is answered."""

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


class Database:
    """Both pools. Open while :meth:`connected` lasts."""

    def __init__(self, warehouse: Warehouse, settings: Settings):
        timeout = int(settings.statement_timeout_seconds * 1000)
        reading = "-c role=reader -c default_transaction_read_only=on -c search_path=marts"
        self._reading = _pool(warehouse, reading, timeout, settings.read_connections)
        writing = "-c role=api_writer -c search_path=ops"
        self._writing = _pool(warehouse, writing, timeout, settings.write_connections)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Keep connections; the first requests wait for them, should the database be away."""
        async with self._reading, self._writing:
            yield

    async def read(
        self, query: str, values: Mapping[str, Any], prepare: bool | None = None
    ) -> list[TupleRow]:
        """The rows of one query of the marts; columns of type json are bytes.

        What is asked often is prepared, and then planned for any values; ``prepare=False`` plans
        it for these.
        """
        # no transaction to end: `connection()` would ask for that, a tenth of the whole
        connection = await self._reading.getconn()
        try:
            return await _fetch(connection, query, values, prepare)
        except errors.FeatureNotSupported:  # a mart was built with other columns meanwhile
            return await _fetch(connection, query, values, prepare=False)
        finally:
            await self._reading.putconn(connection)

    async def as_of(self, source: str | None) -> dt.date | None:
        """What day the newest data of a source in the marts speaks of."""
        query = "select cast(as_of as date) from source_freshness where source = %(source)s"
        rows = await self.read(query, {"source": source})
        return rows[0][0] if rows else None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write watches."""
        async with self._writing.connection() as connection, connection.transaction():
            yield connection


async def _fetch(
    connection: AsyncConnection, query: str, values: Mapping[str, Any], prepare: bool | None = None
) -> list[TupleRow]:
    cursor = await connection.execute(query, values, prepare=prepare)
    return await cursor.fetchall()


def _pool(warehouse: Warehouse, options: str, timeout: int, size: int) -> AsyncConnectionPool:
    keywords = connection_keywords(warehouse.environment)
    keywords["options"] += f" {options} -c statement_timeout={timeout}"
    return AsyncConnectionPool(
        kwargs={**keywords, "autocommit": True},
        configure=_configure,
        min_size=1,
        max_size=size,
        timeout=ACQUIRE_SECONDS,
        open=False,
    )


async def _configure(connection: AsyncConnection) -> None:
    connection.adapters.register_loader("json", RawJson)


def require_contacts(warehouse: Warehouse) -> None:
    """Raise UserError unless dbt made the mart that contacts are shown from."""
    with warehouse.begin() as connection:
        if connection.scalar(sa.text("select to_regclass('marts.contact_details')")) is None:
            raise wrong(
                "api",
                "show_contacts",
                "needs the mart contact_details: dbt build --vars '{publish_contacts: true}'",
            )


def require_roles(warehouse: Warehouse) -> None:
    """Raise UserError unless this user may become both roles."""
    query = sa.text(
        "select name from unnest(array['reader', 'api_writer']) as roles (name)"
        " where to_regrole(name) is null"
        " or not pg_has_role(current_user, to_regrole(name), 'member')"
    )
    with warehouse.begin() as connection:
        lacking = connection.scalars(query).all()
    if lacking:
        user = warehouse.environment["PGUSER"]
        raise UserError(
            f"the role {lacking[0]} is missing: have an administrator"
            f" create role {lacking[0]} nologin; grant {lacking[0]} to {user};"
            f" and run this again"
        )
