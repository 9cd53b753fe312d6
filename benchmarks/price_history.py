"""Whether a build of the history of prices costs what is new, and not what was there before.

Offers are made up directly in the raw tables: as many listings, observed once a day, as give the
new observations in twenty days. For each size of the history: build it, add the new days, build
again. The ratio is of the second builds, of the largest history to the smallest.

    python -m benchmarks.price_history [--new 100000] [--history 500000 2000000] [--target postgres]
"""

import argparse

import sqlalchemy as sa

from benchmarks.builds import dbt
from benchmarks.isolated import isolated
from warehouse import Warehouse, open_warehouse

MODELS = (
    "+int_batches_ended", "int_prices_unioned", "int_price_looks_unioned",
    "int_stock_levels_unioned", "fact_price_observations", "price_series",
    "product_price_history", "price_changes", "product_stock_history", "stock_changes",
)  # fmt: skip
NEW_DAYS = 20
OFFERS = 10  # of a product
OBSERVATIONS = """
    insert into raw_mercadolivre.offer_observations (
        observed_at, product_id, item_id, position, is_winner, source, seller_id, price,
        original_price, currency_id, available_quantity, _dlt_load_id
    )
    select
        timestamp with time zone '2020-01-01 00:00:00+00' + interval '1 day' * day.n,
        'P' || listing.n / {offers}, 'I' || listing.n, mod(listing.n, {offers}) + 1,
        mod(listing.n, {offers}) = 0, 'offers', listing.n,
        -- about every tenth observation is of another price
        100 + mod(cast(listing.n + (day.n + mod(listing.n, 10)) / 10 * 7 as bigint), 40),
        null, 'BRL', 50, cast(1700000000 + day.n as text) || '.5'
    from generate_series(cast({first} as bigint), cast({last} as bigint)) as day (n)
    cross join generate_series(cast(1 as bigint), cast({listings} as bigint)) as listing (n)
"""
LOOKS = """
    insert into raw_mercadolivre.product_observations (
        observed_at, product_id, source, offer_count, is_complete, _dlt_load_id
    )
    select observed_at, product_id, 'offers', count(*), true, max(_dlt_load_id)
    from raw_mercadolivre.offer_observations
    where _dlt_load_id >= '{first}'
    group by observed_at, product_id
"""


def observe(warehouse: Warehouse, listings: int, first: int, last: int) -> None:
    """Every listing on every day from ``first`` to ``last``."""
    values = {"listings": listings, "first": first, "last": last, "offers": OFFERS}
    with warehouse.begin() as connection:
        connection.execute(sa.text(OBSERVATIONS.format(**values)))
        connection.execute(sa.text(LOOKS.format(first=1_700_000_000 + first)))
    if warehouse.is_postgres:
        with warehouse.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            c.execute(sa.text("vacuum analyze raw_mercadolivre.offer_observations"))
            c.execute(sa.text("vacuum analyze raw_mercadolivre.product_observations"))


def index(warehouse: Warehouse) -> None:
    """The indexes that a load makes."""
    with warehouse.begin() as connection:
        for table in ("offer_observations", "product_observations"):
            name = f"raw_mercadolivre.{table}"
            connection.execute(sa.text(f"create index on {name} (product_id, source, observed_at)"))
            connection.execute(sa.text(f"create index on {name} (_dlt_load_id)"))


def measure(target: str, history: int, new: int) -> tuple[float, float]:
    """Seconds of the first build and of that of the new observations, in a new warehouse."""
    with isolated():
        warehouse = open_warehouse(target)
        dbt(warehouse, "seed", "--select", "stock_bands")  # makes the raw tables too
        if warehouse.is_postgres:
            index(warehouse)
        listings = new // NEW_DAYS
        days = history // listings
        observe(warehouse, listings, 1, days)
        first = dbt(warehouse, "run", "--select", *MODELS).seconds
        observe(warehouse, listings, days + 1, days + NEW_DAYS)
        return first, dbt(warehouse, "run", "--select", *MODELS).seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--new", type=int, default=100_000, help="observations that are new")
    parser.add_argument(
        "--history", type=int, nargs="+", default=[500_000, 2_000_000], help="those before"
    )
    parser.add_argument("--target", nargs="+", default=["postgres", "duckdb"])
    given = parser.parse_args()
    print(f"{'engine':<8}  {'history':>10}  {'first build':>11}  {given.new:>9,} new")
    for target in given.target:
        seconds = []
        for history in given.history:
            first, again = measure(target, history, given.new)
            seconds.append(again)
            print(f"{target:<8}  {history:>10,}  {first:>10.1f}s  {again:>12.1f}s", flush=True)
        print(f"{target:<8}  ratio {seconds[-1] / seconds[0]:.2f}", flush=True)


if __name__ == "__main__":
    main()
