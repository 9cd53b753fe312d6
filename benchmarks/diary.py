"""What the marketplace's prices and stock were at each midnight: the truth that marts must tell.

It is read off the simulated listings themselves, not off what the API shows of them. Contexts are
those of ``product_price_history`` and ``product_stock_history``.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from simulators.mercadolivre import World
from simulators.mercadolivre.resources import band
from simulators.mercadolivre.truth import BRASILIA, changes
from simulators.mercadolivre.world import Item

Series = tuple[str, str]  # item and context
LIST, SALE = "list:standard::1", "sale:channel_marketplace"
CARRIED = dt.timedelta(days=7)  # how long daily_prices shows a price that is not looked at
CHANNEL, LOYAL = "channel_marketplace", "buyer_loyalty_3,channel_marketplace"


def own_prices(item: Item) -> Iterator[tuple[str, int]]:
    """All prices of an own listing: context and cents."""
    yield LIST, item.price
    yield SALE, item.sale_price
    if item.discount:
        yield f"list:promotion:{CHANNEL}:1", item.sale_price
    if item.loyalty:
        yield f"list:promotion:{LOYAL}:1", item.sale_price * 95 // 100
    for least, cents in item.tiers:
        yield f"list:standard:{CHANNEL},user_type_business:{least}:net", cents


def lowest(units: int) -> int:
    """The least that there may be when the public is told of ``units``."""
    shown = band(units)
    return shown + 1 if shown >= 50 else shown


@dataclass
class Diary:
    """Prices (cents) and units by series, each with the midnight (UTC) at which it was seen.

    A load sees prices of own listings that are on sale, or have changed and are not closed; units
    of those that have changed; and all offers.
    """

    prices: dict[Series, list[tuple[dt.datetime, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    units: dict[Series, list[tuple[dt.datetime, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    closed: dict[str, dt.datetime] = field(default_factory=dict)  # own listings: first seen so
    _last: dt.datetime | None = None

    @property
    def newest(self) -> dt.datetime:
        """The last midnight noted, UTC."""
        return self._last.astimezone(dt.UTC).replace(tzinfo=None)

    def note(self, world: World) -> None:
        """It is midnight."""
        at = world.now.astimezone(dt.UTC).replace(tzinfo=None)
        for seller in world.accounts:
            for id in world.items_by_seller[seller]:
                self._own(world, world.items[id], at)
        for product in world.products:
            for place, item in enumerate(world.offers(product)):
                for context in (f"offer:{product}", f"winner:{product}")[: 1 if place else 2]:
                    self.prices[item.id, context].append((at, item.sale_price))
                    self.units[item.id, context].append((at, lowest(world.units(item))))
        self._last = world.now

    def _own(self, world: World, item: Item, at: dt.datetime) -> None:
        has_changed = self._last is None or item.updated >= self._last
        if item.status == "closed":
            self.closed.setdefault(item.id, at)
        elif has_changed or item.status == "active":
            for context, cents in own_prices(item):
                self.prices[item.id, context].append((at, cents))
        for variation in item.variations if has_changed else ():
            series = item.id, f"own:{variation.id or 0}"
            units = world.user_products[variation.user_product_id].units
            self.units[series].append((at, units))

    def price_changes(self) -> Counter[tuple]:
        """(item, context, cents before, cents after, midnight)."""
        found = changes((series, *seen) for series, many in self.prices.items() for seen in many)
        return Counter((*series, *change) for series, *change in found)

    def unit_changes(self) -> Counter[tuple]:
        """(item, variation of own ones, product of offers, least before, least after, midnight)."""
        found = changes((series, *seen) for series, many in self.units.items() for seen in many)
        return Counter((item, *_thing(context), *change) for (item, context), *change in found)

    def totals(self) -> dict[tuple[dt.date, str], tuple[int, int]]:
        """How many prices were seen and their cents, by day in Brasília and context."""
        counts: Counter[tuple] = Counter()
        cents: Counter[tuple] = Counter()
        for (_, context), seen in self.prices.items():
            for at, price in seen:
                counts[at, context] += 1
                cents[at, context] += price
        return {
            (local(at), context): (n, cents[at, context]) for (at, context), n in counts.items()
        }

    def sample(self, count: int, seed: int) -> set[tuple[Series, dt.datetime]]:
        """Random midnights of random series of list prices, sale prices and offers."""
        rng = Random(seed)
        series = [s for s in self.prices if s[1] in (LIST, SALE) or s[1].startswith("offer:")]
        found = set()
        while len(found) < count:
            one = rng.choice(series)
            first = self.prices[one][0][0]
            days = (self.newest - first).days
            found.add((one, first + dt.timedelta(days=rng.randrange(days + 1))))
        return found

    def price(self, series: Series, at: dt.datetime) -> tuple[int, dt.datetime] | None:
        """Cents at a midnight and when they were last seen; None when nothing was offered."""
        cents, seen = next((c, s) for s, c in reversed(self.prices[series]) if s <= at)
        is_gone = series[1].startswith("offer:") and seen < at
        is_closed = self.closed.get(series[0], dt.datetime.max) <= at
        return None if is_gone or is_closed else (cents, seen)

    def daily_price(self, series: Series, at: dt.datetime) -> int | None:
        """What daily_prices shows for that day."""
        found = self.price(series, at)
        return found[0] if found and at - found[1] <= CARRIED else None


def local(at: dt.datetime) -> dt.date:
    """The day in Brasília of a time in UTC."""
    return at.replace(tzinfo=dt.UTC).astimezone(BRASILIA).date()


def _thing(context: str) -> tuple[int | None, str | None]:
    kind, _, id = context.partition(":")
    return (int(id), None) if kind == "own" else (None, id)
