"""Watches without the API: one at a time, from the command line."""

from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from warehouse import UserError, Warehouse
from warehouse.ledger import newest
from warehouse.tables import api_user, now, price_watch


def add(warehouse: Warehouse, user: str, channel: str, destination: str, **given: Any) -> str:
    """Make a watch for a user of the API; returns its id. Raises UserError when it cannot be.

    ``given``: columns of ``ops.price_watch``; what is None is left out.
    """
    kept = {name: value for name, value in given.items() if value is not None}
    if bool(given.get("item_id")) == bool(given.get("product_id")):
        raise UserError("watch either an item or a product")
    thresholds = [kept[name] for name in ("fall_percent", "rise_percent") if name in kept]
    if not all(0 < threshold < 100_000 for threshold in thresholds):
        raise UserError("a percentage must be more than 0, and less than 100,000")
    if not kept["is_back_in_stock"] and not thresholds:
        raise UserError("say what to tell: --fall-percent, --rise-percent or --back-in-stock")
    known = {source: as_of for source, as_of, _ in newest(warehouse)}
    watched_from = known.get("mercadolivre") or now()  # the past is not told
    with warehouse.begin() as connection:
        owner = sa.select(api_user.c.user_id).where(api_user.c.name == user)
        owner_id = connection.scalar(owner)
        if owner_id is None:
            raise UserError(f"there is no user {user}")
        row = {"owner_id": owner_id, "channel": channel, "destination": destination, **kept}
        row |= {"watch_id": uuid4(), "is_active": True, "watched_from": watched_from}
        connection.execute(price_watch.insert().values(row))
    return str(row["watch_id"])
