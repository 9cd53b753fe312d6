"""Every number of the marketplace's marts against the simulated world that it came from."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import sqlalchemy as sa

from benchmarks.diary import Diary, local
from benchmarks.report import Check, compared
from simulators.mercadolivre import World, truth
from warehouse import Warehouse

LEAST_PRECISION, LEAST_RECALL = 0.98, 0.95  # of pairs of sellers, as the tests ask for
# In a year accounts open listings of their own, and what they have in common is diluted.
LEAST_RECALL_OF_A_YEAR = 0.8
MEASURES = """
    cast(sum(sales.quantity) as bigint), cast(sum(100 * sales.gross_amount) as bigint),
    cast(sum(100 * sales.discount_amount) as bigint), cast(sum(100 * sales.fee_amount) as bigint),
    cast(sum(100 * sales.freight_amount) as bigint),
    cast(sum(100 * sales.refund_amount) as bigint), cast(sum(100 * sales.net_amount) as bigint)
"""


class Marts:
    """The marts of a warehouse that holds all that a world and its diary tell of."""

    def __init__(self, warehouse: Warehouse, world: World, diary: Diary, sample: int):
        self._warehouse, self._world, self._diary = warehouse, world, diary
        self._sample = diary.sample(sample, seed=world.seed)

    def checks(self) -> Iterator[Check]:
        """All comparisons, each made when it is asked for."""
        comparisons: tuple[Callable[[], Check], ...] = (
            self.orders, self.each_order, self.sales, self.prices, self.price_days,
            self.price_moments, self.price_changes, self.unit_changes, self.operators,
        )  # fmt: skip
        for comparison in comparisons:
            started = time.monotonic()
            check = comparison()
            yield check.took(time.monotonic() - started)

    def ask(self, query: str) -> list[sa.Row]:
        with self._warehouse.begin() as connection:
            return list(connection.exec_driver_sql(query))

    def orders(self) -> Check:
        expected = Counter(order.cancelled is not None for order in self._world.orders.values())
        query = "select is_cancelled, count(distinct order_id) from marts.fact_sales group by 1"
        return compared("orders, called off or not", expected, dict(map(tuple, self.ask(query))))

    def each_order(self) -> Check:
        world, freight = self._world, truth.freights(self._world)
        expected = {
            order.id: (
                order.sku, truth.place(world, order), truth.day(order),
                order.cancelled is not None,
                *truth.amounts(order, freight.get(order.id, 0)).values(),
            )
            for order in world.orders.values()
        }  # fmt: skip
        found = self.ask(f"""
            select
                sales.order_id, min(identity.seller_sku), min(sales.buyer_uf),
                min(sales.sale_date), bool_and(sales.is_cancelled), {MEASURES}
            from marts.fact_sales as sales
            inner join marts.product_identity as identity
                on sales.listing_key = identity.listing_key
            group by 1
        """)
        return compared("each order", expected, {row[0]: tuple(row[1:]) for row in found})

    def sales(self) -> Check:
        expected = {
            key: tuple(sums[name] for name in truth.MEASURES)
            for key, sums in truth.sales(self._world).items()
        }
        found = self.ask(f"""
            select
                identity.seller_sku, sales.buyer_uf, days.month_start_date, sales.is_cancelled,
                {MEASURES}
            from marts.fact_sales as sales
            inner join marts.product_identity as identity
                on sales.listing_key = identity.listing_key
            inner join marts.dim_date as days on sales.sale_date = days.calendar_date
            group by 1, 2, 3, 4
        """)
        found = {tuple(row[:4]): tuple(row[4:]) for row in found}
        return compared("sales by SKU, UF and month", expected, found)

    def prices(self) -> Check:
        found = self.ask("""
            select price_date, context, count(*), cast(sum(100 * price_amount) as bigint)
            from marts.daily_prices
            where is_observed
            group by 1, 2
        """)
        found = {tuple(row[:2]): tuple(row[2:]) for row in found}
        seen = sum(map(len, self._diary.prices.values()))
        check = compared("prices seen, by day and context", self._diary.totals(), found)
        return replace(check, note=check.note or f"of {seen:,}")

    def price_days(self) -> Check:
        """One listing, one context, one day, also where nobody looked that day."""
        asked = ", ".join(f"('{s[0]}', '{s[1]}', date '{local(at)}')" for s, at in self._sample)
        found = self.ask(f"""
            select prices.item_id, prices.context, prices.price_date, 100 * prices.price_amount
            from marts.daily_prices as prices
            inner join (values {asked}) as asked (item_id, context, price_date)
                on
                    prices.item_id = asked.item_id
                    and prices.context = asked.context
                    and prices.price_date = asked.price_date
        """)
        expected = {
            (*series, local(at)): self._diary.daily_price(series, at) for series, at in self._sample
        }
        found = {tuple(row[:3]): row[3] for row in found}
        return compared("price of a listing on a day", expected, found)

    def price_moments(self) -> Check:
        """As of a midnight, whenever the price was last looked at."""
        asked = ", ".join(f"('{s[0]}', '{s[1]}', timestamp '{at}')" for s, at in self._sample)
        found = self.ask(f"""
            select asked.item_id, asked.context, asked.asked_at, 100 * history.price_amount
            from marts.product_price_history as history
            inner join (values {asked}) as asked (item_id, context, asked_at)
                on
                    history.item_id = asked.item_id
                    and history.context = asked.context
                    and history.valid_from <= asked.asked_at
                    and history.valid_to > asked.asked_at
            where history.state = 'offered'
        """)
        expected = {
            (*series, at): told[0] if (told := self._diary.price(series, at)) else None
            for series, at in self._sample
        }
        found = {tuple(row[:3]): row[3] for row in found}
        return compared("price of a listing as of a time", expected, found)

    def price_changes(self) -> Check:
        found = self.ask("""
            select
                item_id, context, cast(100 * from_price_amount as bigint),
                cast(100 * to_price_amount as bigint), changed_at
            from marts.price_changes
        """)
        return compared("changes of price", self._diary.price_changes(), Counter(map(tuple, found)))

    def unit_changes(self) -> Check:
        found = self.ask("""
            select
                item_id, variation_id, catalog_product_id, from_lowest_quantity,
                to_lowest_quantity, changed_at
            from marts.stock_changes
        """)
        return compared("changes of stock", self._diary.unit_changes(), Counter(map(tuple, found)))

    def operators(self) -> Check:
        found = self.ask("""
            select seller_id, cluster_id from marts.seller_clusters where cluster_id is not null
        """)
        return operators(self._world, dict(map(tuple, found)), LEAST_RECALL_OF_A_YEAR)


def operators(world: World, clusters: dict[int, int], least_recall: float = LEAST_RECALL) -> Check:
    """Pairs of sellers of one operator; they are hints, so a share of them may be wrong."""
    expected, found = truth.pairs(world.operators), truth.pairs(clusters)
    right = len(expected & found)
    precision = right / len(found) if found else 1.0
    recall = right / len(expected) if expected else 1.0
    is_good = precision >= LEAST_PRECISION and recall >= least_recall
    note = f"precision {precision:.4f}, recall {recall:.4f}"
    wrong = 0 if is_good else len(expected ^ found)
    return Check("pairs of one operator", len(expected), wrong, note=note)
