"""Whether the marketplace's marts hold at scale: a simulated year, every number against the truth.

Some hundred thousand orders, and the prices and stock of some thousand listings looked at every
day, go straight into the raw tables; what the loader would have stored is written by its own code,
only not fetched over HTTP. dbt builds all but the last day, then nothing new, then the last day.
Prints the seconds of the slowest models and a table: check, rows, differences, seconds. Exits 1
when anything differs.

    python -m benchmarks.marketplace_year [--orders-per-day 900] [--target postgres duckdb]
"""

import argparse
import datetime as dt
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa

from benchmarks.builds import Build, build, hashes, hashes_by
from benchmarks.marketplace_checks import Check, Marts, compared
from benchmarks.raw_files import copy
from benchmarks.year import Year, live
from ingestion.mercadolivre.known import SCHEMA
from ingestion.mercadolivre.load import STAGED, Loader, publish
from ingestion.mercadolivre.settings import Settings
from simulators.mercadolivre import World
from warehouse import Warehouse, open_warehouse
from warehouse.connection import LIBPQ_VARIABLES, embedded_server
from warehouse.secrets import Vault, new_key
from warehouse.staging import drop_schema

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


def make_tables(warehouse: Warehouse, state: Warehouse) -> None:
    """The raw tables with their types and indexes, as a load that fetches nothing leaves them."""
    with Loader(warehouse, state, Settings(), Vault([new_key()])):
        pass


def put(warehouse: Warehouse, folder: Path) -> None:
    """Copy a year's files into empty raw tables."""
    copy(warehouse, folder, SCHEMA)
    _analyze(warehouse)


def merge(warehouse: Warehouse, folder: Path) -> None:
    """Merge a day's files into the raw tables, as a load does."""
    with warehouse.begin() as connection:
        drop_schema(connection, STAGED)
        connection.execute(sa.text(f"create schema {STAGED}"))
        for path in folder.glob("*.csv"):
            empty = f"select * from {SCHEMA}.{path.stem} limit 0"
            connection.execute(sa.text(f"create table {STAGED}.{path.stem} as {empty}"))
    counts = copy(warehouse, folder, STAGED)
    with warehouse.begin() as connection:
        publish(connection, counts)
    _analyze(warehouse)


def _analyze(warehouse: Warehouse) -> None:
    """What the server does by itself, some minutes later."""
    if warehouse.is_postgres:
        with warehouse.begin() as connection:
            connection.execute(sa.text("analyze"))


def rebuilt(warehouse: Warehouse) -> Check:
    """Building again from the same rows gives the same marts."""
    before, started = hashes(warehouse), time.monotonic()
    build(warehouse)
    seconds = time.monotonic() - started
    check = compared("marts that a second build leaves alone", before, hashes(warehouse))
    return Check(check.name, check.rows, check.differences, seconds, check.note)


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


def measure(target: str, year: Year, state: Warehouse, sample: int) -> list[Check]:
    """Load and build the year on an engine, and compare."""
    warehouse = state if target == "postgres" else open_warehouse("duckdb")
    started = time.monotonic()
    make_tables(warehouse, state)
    put(warehouse, year.first)
    print(f"{target}: loaded in {time.monotonic() - started:.0f} s", flush=True)
    first = build(warehouse)
    show_build(target, "all days but the last", first)
    checks = [rebuilt(warehouse)]
    past = Past(warehouse, year.until, year.touched)
    started = time.monotonic()
    merge(warehouse, year.last)
    print(f"{target}: merged the last day in {time.monotonic() - started:.0f} s", flush=True)
    show_build(target, "the last day", build(warehouse))
    checks += past.compared()
    checks += Marts(warehouse, year.world, year.diary, sample).checks()
    return checks


def show_build(target: str, what: str, done: Build) -> None:
    print(f"{target}: built {what} in {done.seconds:.0f} s; the slowest:")
    for name, seconds in done.nodes[:10]:
        print(f"    {seconds:>8.1f} s  {name}")
    for name in done.warned:
        print(f"    warned: {name}")
    sys.stdout.flush()


def show_checks(target: str, checks: Iterable[Check]) -> int:
    """Print the table; returns the number of differences."""
    print(f"{target:<42}{'rows':>12}{'differences':>13}{'seconds':>9}")
    total = 0
    for check in checks:
        total += check.differences
        row = f"{check.name:<42}{check.rows:>12,}{check.differences:>13,}{check.seconds:>9.1f}"
        print(f"{row}  {check.note}".rstrip(), flush=True)
    return total


def isolate(folder: str) -> None:
    """Let this process, and those it starts, see no warehouse but a new one in a folder."""
    for name in LIBPQ_VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(ARMAZEM_HOME=folder, ARMAZEM_DUCKDB=f"{folder}/armazem.duckdb")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    number = {"type": int, "metavar": "N"}
    parser.add_argument("--days", default=365, help="from 3 to 365", **number)
    parser.add_argument("--orders-per-day", default=900, **number)
    parser.add_argument("--items", default=2_000, help="listings of own accounts", **number)
    parser.add_argument("--products", default=1_000, help="of the catalogue", **number)
    parser.add_argument("--duplicates", default=20, help="operators of several accounts", **number)
    parser.add_argument("--seed", default=1, **number)
    parser.add_argument("--sample", default=5_000, help="listing-days", **number)
    parser.add_argument("--target", nargs="+", default=["postgres", "duckdb"])
    given = parser.parse_args()
    world = World(
        sellers=3, items=given.items, products=given.products, seed=given.seed,
        orders_per_day=given.orders_per_day, duplicates=given.duplicates, growth=0.004,
        start=dt.date(2025, 5, 1),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="armazem-year-") as folder:
        isolate(folder)
        try:
            started = time.monotonic()
            year = live(world, given.days, Path(folder) / "rows")
            observed = sum(n for table, n in year.counts.items() if "observations" in table)
            print(
                f"{given.days} days, {len(world.orders):,} orders, {len(world.items):,} listings,"
                f" {observed:,} observations, simulated in {time.monotonic() - started:.0f} s",
                flush=True,
            )
            state = open_warehouse("postgres")
            differences = sum(
                show_checks(target, measure(target, year, state, given.sample))
                for target in given.target
            )
        finally:
            embedded_server().stop()
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
