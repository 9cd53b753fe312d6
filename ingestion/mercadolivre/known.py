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
    OfferObservation,
    Order,
    OrderItem,
    Product,
    ProductObservation,
    Shipment,
    Table,
)

SCHEMA = "raw_mercadolivre"
# What no shipment leaves by itself; an update of its order still asks for it again.
FINAL = frozenset({"delivered", "not_delivered", "cancelled"})
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)

# Tables of which only the newest observation of each thing is of interest, and the thing's column.
_OBSERVED = {
    "users": "id",
    "categories": "id",
    "products": "id",
    "user_products": "id",
    "user_product_stock_observations": "user_product_id",
    "price_observations": "item_id",
    "sale_price_observations": "item_id",
    "price_to_win_observations": "item_id",
    "item_visits": "item_id",
    "shipments": "id",
    "shipment_costs": "shipment_id",
}


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
    shipments: dict[int, KnownShipment] = field(default_factory=dict)
    sellers: set[int] = field(default_factory=set)
    categories: set[str] = field(default_factory=set)
    partial_users: set[int] = field(default_factory=set)
    children: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of products
    winners: dict[str, str] = field(default_factory=dict)  # by product: the listing
    offers_seen: dict[str, dt.datetime] = field(default_factory=dict)  # by product
    observed: dict[str, dict[Any, dt.datetime]] = field(default_factory=lambda: defaultdict(dict))

    def seen(self, table: type[Table], id: Any) -> dt.datetime:
        """When the table last observed the thing; the beginning of time if never."""
        return self.observed[table.table].get(id, NEVER)

    def items_of(self, account: int) -> dict[str, KnownItem]:
        return {id: item for id, item in self.items.items() if item.seller_id == account}

    def absorb(self, batch: Batch) -> None:
        """Learn from rows that were just fetched."""
        for table, rows in batch.rows.items():
            column = _OBSERVED.get(table.table)
            if column:
                self.observed[table.table].update((r[column], r["observed_at"]) for r in rows)
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
            self.children[row["id"]] = tuple(row["children_ids"] or ())
            self.winners.pop(row["id"], None)
        for row in batch.rows.get(OfferObservation, ()):
            self.sellers.add(row["seller_id"])
            if row["source"] == "product":
                self.winners[row["product_id"]] = row["item_id"]
        for row in batch.rows.get(ProductObservation, ()):
            if row["source"] == "offers":
                self.offers_seen[row["product_id"]] = row["observed_at"]
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
            # what was seen and is not known needed no further look
            is_final = known.is_final if known else self.seen(Shipment, id) > NEVER
            self.shipments[id] = KnownShipment(row["seller_id"], updated, is_final)


def known_of(connection: sa.Connection) -> Known:
    """What ``raw_mercadolivre`` holds, on either engine. Its tables must exist."""
    known = Known()

    def rows(query: str) -> list[Any]:
        return connection.execute(sa.text(query.replace("raw.", f"{SCHEMA}."))).all()

    for account, resource, until in rows("select account_id, resource, until from raw.cursors"):
        known.cursors[account, resource] = _utc(until)
    for table, column in _OBSERVED.items():
        found = rows(f"select {column}, max(observed_at) from raw.{table} group by {column}")
        known.observed[table].update((id, _utc(at)) for id, at in found)
    for id, seller, status, updated, product, thing in rows(_ITEMS):
        known.items[id] = KnownItem(seller, status, _utc(updated), product)
        known._learn_user_product(thing, seller, _utc(updated))
    for thing, item_id in rows("select user_product_id, item_id from raw.item_variations"):
        item = known.items[item_id]
        known._learn_user_product(thing, item.seller_id, item.last_updated)
    for id, account, updated, status in rows(_SHIPMENTS):
        known.shipments[id] = KnownShipment(account, _utc(updated), status in FINAL)
    known.sellers = set(_column(rows("select distinct seller_id from raw.offer_observations")))
    for table in ("items", "order_items", "offer_observations"):
        known.categories.update(_column(rows(f"select distinct category_id from raw.{table}")))
    known.categories.discard(None)
    for id, children in rows("select id, children_ids from raw.products"):
        known.children[id] = tuple(json.loads(children) if isinstance(children, str) else children)
    known.offers_seen = {id: _utc(at) for id, at in rows(_OFFERS_SEEN)}
    known.winners = dict(tuple(row) for row in rows(_WINNERS))
    known.partial_users = set(_column(rows("select id from raw.users where is_partial")))
    return known


_ITEMS = """
    select id, seller_id, status, last_updated, catalog_product_id, user_product_id
    from raw.items
"""
_OFFERS_SEEN = """
    select product_id, max(observed_at) from raw.product_observations
    where source = 'offers'
    group by product_id
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
    where
        o.shipping_id is not null
        and (
            s.id is null
            or s.status not in ({", ".join(f"'{status}'" for status in sorted(FINAL))})
            or o.date_last_updated >= s.observed_at
        )
    group by o.shipping_id, o.seller_id
"""


def _column(rows: list[Any]) -> Iterator[Any]:
    return (row[0] for row in rows)


def _utc(moment: dt.datetime | None) -> dt.datetime:
    """DuckDB gives times of the session's zone, PostgreSQL of its own; both know which."""
    if moment is None:
        return NEVER
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
