"""What is known already: from the warehouse at the start of a load, from its own rows after."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.tables import (
    Cursor,
    Item,
    ItemVariation,
    LastAnswer,
    OfferObservation,
    Order,
    OrderItem,
    Product,
    Shipment,
)

SCHEMA = "raw_mercadolivre"
# What no shipment leaves by itself; an update of its order still asks for it again.
FINAL = frozenset({"delivered", "not_delivered", "cancelled"})
REREAD = dt.timedelta(hours=2)  # more than the overlap of two loads
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class KnownItem(NamedTuple):
    """What of an own listing decides what is asked about it."""

    seller_id: int
    status: str | None
    last_updated: dt.datetime | None
    catalog_product_id: str | None


class KnownShipment(NamedTuple):
    """``updated`` is when an order last told of a change."""

    account: int
    updated: dt.datetime
    is_final: bool


@dataclass
class Known:
    """State in memory; empty for a first load."""

    cursors: dict[tuple[int, str], dt.datetime] = field(default_factory=dict)
    items: dict[str, KnownItem] = field(default_factory=dict)
    user_products: dict[str, tuple[int, dt.datetime]] = field(default_factory=dict)
    shipments: dict[int, KnownShipment] = field(default_factory=dict)  # that may be due
    sellers: set[int] = field(default_factory=set)
    categories: set[str] = field(default_factory=set)
    partial_users: set[int] = field(default_factory=set)
    children: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of products
    winners: dict[str, str] = field(default_factory=dict)  # by product: the listing
    answered: dict[str, dict[str, dt.datetime]] = field(default_factory=lambda: defaultdict(dict))

    def seen(self, resource: str, id: object) -> dt.datetime:
        """When the resource last told of the thing; the beginning of time if never."""
        return self.answered[resource].get(str(id), NEVER)

    def items_of(self, account: int) -> dict[str, KnownItem]:
        return {id: item for id, item in self.items.items() if item.seller_id == account}

    def absorb(self, batch: Batch) -> None:
        """Learn from rows that were just fetched."""
        for row in batch.rows.get(LastAnswer, ()):
            self.answered[row["resource"]][row["thing_id"]] = row["observed_at"]
        for row in batch.rows.get(Cursor, ()):
            key = row["account_id"], row["resource"]
            self.cursors[key] = max(row["until"], self.cursors.get(key, NEVER))
        for row in batch.rows.get(Item, ()):
            self._learn_item(row)
        for row in batch.rows.get(ItemVariation, ()):
            item = self.items[row["item_id"]]
            self._learn_user_product(row["user_product_id"], item.seller_id, item.last_updated)
        for row in batch.rows.get(Order, ()):
            self._learn_order(row)
        for row in batch.rows.get(Shipment, ()):
            known = self.shipments.get(row["id"])
            if known:
                is_final = row["status"] in FINAL
                self.shipments[row["id"]] = known._replace(is_final=is_final)
        for row in batch.rows.get(Product, ()):
            self.children[row["id"]] = _texts(row["children_ids"])
            self.winners.pop(row["id"], None)
        for row in batch.rows.get(OfferObservation, ()):
            self.sellers.add(row["seller_id"])
            if row["source"] == "product":
                self.winners[row["product_id"]] = row["item_id"]
        for table in (Item, OrderItem, OfferObservation):
            self.categories.update(r["category_id"] for r in batch.rows.get(table, ()))
        self.categories.discard(None)

    def _learn_item(self, row: dict[str, Any]) -> None:
        self.items[row["id"]] = KnownItem(
            row["seller_id"], row["status"], row["last_updated"], row["catalog_product_id"]
        )
        self._learn_user_product(row["user_product_id"], row["seller_id"], row["last_updated"])

    def _learn_user_product(
        self, id: str | None, account: int, updated: dt.datetime | None
    ) -> None:
        if id:  # several listings may sell one thing: the newest change counts
            before = self.user_products.get(id, (account, NEVER))[1]
            self.user_products[id] = account, max(before, updated or NEVER)

    def _learn_order(self, row: dict[str, Any]) -> None:
        id = row["shipping_id"]
        if id:
            known = self.shipments.get(id)
            updated = max(row["date_last_updated"] or NEVER, known.updated if known else NEVER)
            is_final = known.is_final if known else False
            self.shipments[id] = KnownShipment(row["seller_id"], updated, is_final)


def known_of(connection: sa.Connection) -> Known:
    """What ``raw_mercadolivre`` holds, on either engine. Its tables must exist."""
    known = Known()

    def rows(query: str, **parameters: Any) -> list[Any]:
        return connection.execute(sa.text(query.replace("raw.", f"{SCHEMA}.")), parameters).all()

    for account, resource, until in rows("select account_id, resource, until from raw.cursors"):
        known.cursors[account, resource] = _utc(until)
    # orders from here on are read again, and their shipments must be known for it
    read = [until for (_, resource), until in known.cursors.items() if resource == "orders"]
    again = min(read, default=NEVER + REREAD) - REREAD
    for resource, id, at in rows(_ANSWERS, again=again):
        known.answered[resource][id] = _utc(at)
    for id, seller, status, updated, product, thing in rows(_ITEMS):
        known.items[id] = KnownItem(seller, status, _utc(updated), product)
        known._learn_user_product(thing, seller, _utc(updated))
    for thing, item_id in rows("select user_product_id, item_id from raw.item_variations"):
        item = known.items[item_id]
        known._learn_user_product(thing, item.seller_id, item.last_updated)
    for id, account, updated, status in rows(_SHIPMENTS, again=again):
        known.shipments[id] = KnownShipment(account, _utc(updated), status in FINAL)
    known.sellers = set(_column(rows("select distinct seller_id from raw.offer_observations")))
    for table in ("items", "order_items", "offer_observations"):
        known.categories.update(_column(rows(f"select distinct category_id from raw.{table}")))
    known.categories.discard(None)
    for id, children in rows("select id, children_ids from raw.products"):
        known.children[id] = _texts(json.loads(children) if isinstance(children, str) else children)
    known.winners = dict(tuple(row) for row in rows(_WINNERS))
    known.partial_users = set(_column(rows("select id from raw.users where is_partial")))
    return known


_ITEMS = """
    select id, seller_id, status, last_updated, catalog_product_id, user_product_id
    from raw.items
"""
_WINNERS = """
    select o.product_id, o.item_id
    from raw.offer_observations as o
    inner join raw.products as p on o.product_id = p.id and o.observed_at = p.observed_at
    where o.source = 'product'
"""
# Of the shipments, those that may have to be asked about again.
_SHIPMENTS = f"""
    select o.shipping_id, o.seller_id, max(o.date_last_updated), max(s.status)
    from raw.orders as o
    left join raw.shipments as s on o.shipping_id = s.id
    left join raw.answers as c
        on c.resource = 'shipment_costs' and c.thing_id = cast(o.shipping_id as varchar)
    where
        o.shipping_id is not null
        and (
            s.id is null
            or s.status is null
            or s.status not in ({", ".join(f"'{status}'" for status in sorted(FINAL))})
            or o.date_last_updated >= s.observed_at
            or o.date_last_updated >= :again
            or c.observed_at is null
            or c.observed_at < s.observed_at
        )
    group by o.shipping_id, o.seller_id
"""
# What is final is not asked for again, and years of it need not be in memory.
_ANSWERS = f"""
    select resource, thing_id, observed_at from raw.answers
    where
        resource not in ('shipments', 'shipment_costs')
        or thing_id in (select cast(shipping_id as varchar) from ({_SHIPMENTS}) as due)
"""


def _texts(found: Any) -> tuple[str, ...]:
    return tuple(id for id in found if isinstance(id, str)) if isinstance(found, list) else ()


def _column(rows: list[Any]) -> Iterator[Any]:
    return (row[0] for row in rows)


def _utc(moment: dt.datetime | None) -> dt.datetime:
    """DuckDB gives times of the session's zone, PostgreSQL of its own; both know which."""
    if moment is None:
        return NEVER
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
