"""How long it takes to find operators of several accounts among many sellers, and how well.

A catalogue is watched for two weeks; a tenth of its sellers' number are operators of two to four
accounts each. Prints seconds per model, precision and recall of the pairs, and whether the engines
agree. Exits 1 when precision or recall is below what the tests ask for, or engines differ.

    python -m benchmarks.seller_clusters [--sellers 20000] [--target postgres duckdb]
"""

import argparse
import gc
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from benchmarks.builds import build
from benchmarks.isolated import isolated
from benchmarks.marketplace_checks import operators
from benchmarks.observer import Observer
from benchmarks.raw_files import RawFiles
from benchmarks.raw_tables import make_tables, put
from benchmarks.report import Check, compared, show_build, show_checks
from benchmarks.year import load_id
from simulators.mercadolivre import World
from warehouse import Warehouse, open_warehouse
from warehouse.secrets import Vault, new_key

CLUSTERS = "select seller_id, cluster_id, seller_count, best_score from marts.seller_clusters"
PAIRS = "select seller_a_id, seller_b_id, score from marts.seller_pair_evidence"


def watch(sellers: int, days: int, seed: int, folder: Path) -> tuple[World, dict[str, int]]:
    """A world of so many sellers, its offers of some days in files, and how many rows those are."""
    world = World(
        sellers=1, items=1, products=5 * (sellers - 5), orders_per_day=0, seed=seed,
        duplicates=sellers // 10, growth=0.004,
    )  # fmt: skip
    gc.disable()  # as in benchmarks.year
    observer = Observer(world, Vault([new_key()]), ["offers", "users"])
    with RawFiles(folder) as files:
        for _ in range(days):
            world.tick()
            world.events.clear()
            files.add(observer.look(), load_id(world))
    gc.enable()
    return world, files.counts


def measure(
    target: str, world: World, folder: Path, state: Warehouse, found: dict[str, dict]
) -> Iterator[Check]:
    """Load and build on an engine; ``found`` keeps what it found, for the next one."""
    warehouse = state if target == "postgres" else open_warehouse("duckdb")
    make_tables(warehouse, state)
    put(warehouse, folder)
    show_build(f"{target}: built", build(warehouse, "--select", "+seller_clusters"))
    started = time.monotonic()
    with warehouse.begin() as connection:
        clusters = {row[0]: tuple(row[1:]) for row in connection.execute(sa.text(CLUSTERS))}
        pairs = {tuple(row[:2]): row[2] for row in connection.execute(sa.text(PAIRS))}
    seconds = time.monotonic() - started
    check = operators(world, {seller: row[0] for seller, row in clusters.items() if row[0]})
    yield check.took(seconds)
    now = clusters | pairs
    for other, before in found.items():
        yield compared(f"sellers and pairs, as on {other}", before, now)
    found[target] = now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    number = {"type": int, "metavar": "N"}
    parser.add_argument("--sellers", default=20_000, **number)
    parser.add_argument("--days", default=14, **number)
    parser.add_argument("--seed", default=1, **number)
    parser.add_argument("--target", nargs="+", default=["postgres", "duckdb"])
    given = parser.parse_args()
    with isolated() as folder:
        started = time.monotonic()
        world, counts = watch(given.sellers, given.days, given.seed, folder / "rows")
        print(
            f"{len(world.sellers):,} sellers, {counts['offer_observations']:,} offers seen,"
            f" simulated in {time.monotonic() - started:.0f} s",
            flush=True,
        )
        state, found = open_warehouse("postgres"), {}
        differences = sum(
            show_checks(target, list(measure(target, world, folder / "rows", state, found)))
            for target in given.target
        )
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
