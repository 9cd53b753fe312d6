"""Watches without the API: one at a time, from the command line."""

from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from pydantic import ValidationError

from serving.watches import Watch
from warehouse import UserError, Warehouse
from warehouse.connection import PROJECT
from warehouse.tables import api_user, now, price_watch

# The API's question, whether there is such a thing to watch.
WATCHABLE = PROJECT / "serving" / "api" / "queries" / "watchable.sql"


def add(warehouse: Warehouse, user: str, **given: Any) -> str:
    """Make a watch for a user of the API; returns its id. Raises UserError when it cannot be.

    ``given``: fields of :class:`serving.watches.Watch`; what is None takes its default.
    """
    try:
        watch = Watch(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise UserError("; ".join(map(_flaw, error.errors()))) from None
    with warehouse.begin() as connection:
        owner = sa.select(api_user.c.user_id).where(api_user.c.name == user)
        owner_id = connection.scalar(owner)
        if owner_id is None:
            raise UserError(f"there is no user {user}")
        row = watch.model_dump() | {"owner_id": owner_id, "watch_id": uuid4()}
        row["watched_from"] = _newest(connection, watch) or now()  # the past is not told
        connection.execute(price_watch.insert().values(row))
    return str(row["watch_id"])


def _newest(connection: sa.Connection, watch: Watch) -> Any:
    """What time the newest prices speak of, in UTC. Raises UserError when there is nothing such."""
    values = watch.model_dump(include={"product_id", "item_id", "context"})
    connection.execute(sa.text("set local search_path to marts"))
    try:
        found = connection.exec_driver_sql(WATCHABLE.read_text(), values).one()
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") != "42P01":
            raise
        raise UserError("there are no marts of prices yet: run dbt build") from None
    is_known_subject, is_known_context, newest = found
    if not is_known_subject:
        raise UserError(f"{watch.item_id or watch.product_id} is not known here")
    if not is_known_context:
        raise UserError(f"no price has the context {watch.context}: see marts.price_series")
    return newest


def _flaw(error: Any) -> str:
    where = ".".join(map(str, error["loc"]))
    return f"{where}: {error['msg']}" if where else error["msg"].removeprefix("Value error, ")
