"""What a build must leave alone: everything when nothing is new, the past when a day is."""

import datetime as dt
import time
from collections.abc import Iterator

from benchmarks.builds import build, hashes, hashes_by
from benchmarks.report import Check, compared
from warehouse import Warehouse

# Of marts of days: the day of a row, and which rows the next day must leave alone.
PAST = {
    "fact_price_observations": ("observed_date", "observed_at <= {until}"),
    "offer_competition": ("cast(observed_at as date)", "observed_at <= {until}"),
    "price_days": ("price_date", "last_observed_at <= {until}"),
    "daily_prices": ("price_date", "price_date <= cast({until} as date)"),
    "product_price_history": ("cast(valid_to as date)", "valid_to <= {until}"),
    "product_stock_history": ("cast(valid_to as date)", "valid_to <= {until}"),
    "price_changes": ("cast(changed_at as date)", "changed_at <= {until}"),
    "stock_changes": ("cast(changed_at as date)", "changed_at <= {until}"),
}


def rebuilt(warehouse: Warehouse) -> Check:
    """Building again from the same rows gives the same marts."""
    before, started = hashes(warehouse), time.monotonic()
    build(warehouse)
    seconds = time.monotonic() - started
    check = compared("marts that a second build leaves alone", before, hashes(warehouse))
    return check.took(seconds)


class Past:
    """What the marts tell of the days before the last one, as it is when this is made."""

    def __init__(self, warehouse: Warehouse, until: dt.datetime, touched: frozenset[int]):
        self._warehouse, self._until, self._touched = warehouse, until, touched
        self._orders, self._days = self._read()

    def _read(self) -> tuple[dict, dict]:
        orders = hashes_by(self._warehouse, "fact_sales", "order_id")
        until = f"cast('{self._until}' as timestamp)"
        days = {
            (mart, day): hashed
            for mart, (key, where) in PAST.items()
            for day, hashed in hashes_by(
                self._warehouse, mart, key, where.format(until=until)
            ).items()
        }
        return {id: h for id, h in orders.items() if id not in self._touched}, days

    def compared(self) -> Iterator[Check]:
        """It is still the same."""
        started = time.monotonic()
        orders, days = self._read()
        seconds = time.monotonic() - started
        for name, before, now in (
            ("orders that the last day did not touch", self._orders, orders),
            ("days of marts before the last one", self._days, days),
        ):
            check = compared(name, before, now)
            yield Check(name, check.rows, check.differences, seconds / 2, check.note)
