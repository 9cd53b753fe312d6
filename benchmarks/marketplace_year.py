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
import sys
import time

from benchmarks.builds import build
from benchmarks.isolated import isolated
from benchmarks.marketplace_checks import Marts
from benchmarks.raw_tables import make_tables, merge, put
from benchmarks.report import Check, show_build, show_checks
from benchmarks.unchanged import Past, rebuilt
from benchmarks.year import Year, live
from simulators.mercadolivre import World
from warehouse import Warehouse, open_warehouse


def measure(target: str, year: Year, state: Warehouse, sample: int) -> list[Check]:
    """Load and build the year on an engine, and compare."""
    warehouse = state if target == "postgres" else open_warehouse("duckdb")
    started = time.monotonic()
    make_tables(warehouse, state)
    put(warehouse, year.first)
    print(f"{target}: loaded in {time.monotonic() - started:.0f} s", flush=True)
    show_build(f"{target}: built all days but the last", build(warehouse))
    checks = [rebuilt(warehouse)]
    past = Past(warehouse, year.until, year.touched)
    started = time.monotonic()
    merge(warehouse, year.last)
    print(f"{target}: merged the last day in {time.monotonic() - started:.0f} s", flush=True)
    show_build(f"{target}: built the last day", build(warehouse))
    checks += past.compared()
    checks += Marts(warehouse, year.world, year.diary, sample).checks()
    return checks


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
    with isolated() as folder:
        started = time.monotonic()
        year = live(world, given.days, folder / "rows")
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
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
