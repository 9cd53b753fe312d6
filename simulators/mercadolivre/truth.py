"""What is true of a world, as a warehouse has to tell it in the end: no API says it so."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from simulators.mercadolivre.world import PLACES, Order, World

BRASILIA = ZoneInfo("America/Sao_Paulo")  # whose days sales are of
MEASURES = ("units", "gross", "discount", "fee", "freight", "refund", "net")

Pairs = set[tuple[int, int]]


def freights(world: World) -> dict[int, int]:
    """Cents per order of what the sellers pay for its shipment, which a basket shares.

    Orders that were called off bear none of it, unless all were.
    """
    found = {}
    for shipment in world.shipments.values():
        orders = [world.orders[id] for id in sorted(shipment.order_ids)]
        is_free = world.items[world.orders[shipment.order_ids[0]].item_id].free_shipping
        cost = shipment.cost if is_free else 0
        is_sent = [order.cancelled is None for order in orders]
        paid = [
            order.unit_price * order.quantity * (sent or not any(is_sent))
            for order, sent in zip(orders, is_sent, strict=True)
        ]
        left = [cost * sum(paid[:n]) // sum(paid) for n in range(len(orders) + 1)]
        found |= {
            order.id: after - before
            for order, before, after in zip(orders, left, left[1:], strict=False)
        }
    return found


def amounts(order: Order, freight: int) -> Counter[str]:
    """The MEASURES of one order: its units, the others in cents."""
    gross, paid = order.full_unit_price * order.quantity, order.unit_price * order.quantity
    found = {"units": order.quantity, "gross": gross, "discount": gross - paid}
    found |= {"fee": order.sale_fee * order.quantity, "freight": freight}
    found["refund"] = order.refunded
    found["net"] = paid - found["fee"] - freight - order.refunded
    return Counter(found)


def place(world: World, order: Order) -> str | None:
    """The state that an order goes to; None before it is paid."""
    shipment = world.shipments.get(order.shipment_id)
    return PLACES[shipment.place][0] if shipment else None


def day(order: Order) -> dt.date:
    """When it was sold."""
    return order.created.astimezone(BRASILIA).date()


def sales(world: World) -> dict[tuple[str, str | None, dt.date, bool], Counter[str]]:
    """The MEASURES by SKU, state, first day of the month, and whether it was called off."""
    found: dict[tuple, Counter[str]] = defaultdict(Counter)
    freight = freights(world)
    for order in world.orders.values():
        month = day(order).replace(day=1)
        key = order.sku, place(world, order), month, order.cancelled is not None
        found[key].update(amounts(order, freight.get(order.id, 0)))
    return found


def changes(seen: Iterable[tuple[Hashable, Any, Any]]) -> list[tuple[Hashable, Any, Any, Any]]:
    """Of values (key, time, value) in order of time, those that differ from the key's one before.

    As (key, before, after, time).
    """
    found, last = [], {}
    for key, at, value in seen:
        before = last.get(key)
        if before not in (None, value):
            found.append((key, before, value, at))
        last[key] = value
    return found


def pairs(groups: dict[int, int]) -> Pairs:
    """All pairs of sellers, lower id first, that are in one group; from the group by seller."""
    members = defaultdict(list)
    for seller, group in groups.items():
        members[group].append(seller)
    return {pair for group in members.values() for pair in combinations(sorted(group), 2)}
