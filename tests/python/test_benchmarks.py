"""What benchmarks compare: rows written in bulk that are those of loads, and what is true of them.

Both on a small world, so that a benchmark of hours cannot be right by chance.
"""

import datetime as dt
import json

import pytest
from marketplace import days, markets, rows, small_world

from benchmarks.diary import LIST, Diary
from benchmarks.observer import RESOURCES, Observer
from benchmarks.raw_files import RawFiles
from benchmarks.raw_tables import copy
from benchmarks.report import compared
from benchmarks.year import load_id
from ingestion.mercadolivre.known import SCHEMA

SALES = ("orders", "order_items", "order_payments", "shipments", "shipment_costs")


def kept(warehouse, tables) -> dict[str, list[str]]:
    """Rows, comparable; of what is read when it is final, without the time of that."""
    return {
        table: sorted(
            json.dumps(row | ({"observed_at": None} if table in SALES else {}), default=str)
            for row in rows(warehouse, table)
        )
        for table in tables
    }


@pytest.mark.parametrize("target", ["postgres", "duckdb"])
def test_rows_in_bulk_are_those_of_loads(target, environment, tmp_path):
    world = small_world(seed=4)
    with markets(tmp_path) as make, RawFiles(tmp_path / "rows") as files:
        market = make(world, target)
        observer = Observer(world, market.vault)
        for _ in range(4):
            days(world, 1)
            market.load(only=[*RESOURCES, "orders", "shipments", "shipment_costs"])
            files.add(observer.look(), load_id(world))
        files.add(observer.orders(world.orders), load_id(world))
    tables = sorted(files.counts.keys() - {"cursors"})
    loaded = kept(market.warehouse, tables)
    with market.warehouse.begin() as connection:
        for table in files.counts:
            connection.exec_driver_sql(f"truncate table {SCHEMA}.{table}")
    assert copy(market.warehouse, files.folder, SCHEMA) == files.counts
    assert set(SALES) < set(tables)
    for table, found in kept(market.warehouse, tables).items():
        assert found == loaded[table], table


def test_the_diary_tells_prices_of_any_day():
    diary, first = Diary(), dt.datetime(2026, 5, 1, 4)
    at = [first + dt.timedelta(days=n) for n in range(12)]
    diary.prices["A", LIST] = [(at[0], 100), (at[1], 120)]
    diary.prices["B", "offer:P"] = [(at[0], 100), (at[2], 100)]
    diary.closed["A"] = at[11]
    days_shown = [diary.daily_price(("A", LIST), moment) for moment in at]
    assert days_shown == [100] + [120] * 8 + [None] * 3  # seven days after it was last seen
    assert diary.price(("A", LIST), at[10]) == (120, at[1])
    assert diary.price(("A", LIST), at[11]) is None
    assert [diary.daily_price(("B", "offer:P"), moment) for moment in at[:4]] == [
        100, None, 100, None,
    ]  # fmt: skip
    assert list(diary.price_changes()) == [("A", LIST, 100, 120, at[1])]
    assert diary.totals()[dt.date(2026, 5, 1), LIST] == (1, 100)


def test_a_row_on_either_side_is_a_difference():
    check = compared("rows", {1: "a", 2: "b", 3: "c"}, {1: "a", 2: "x", 4: "d"})
    assert (check.rows, check.differences) == (3, 3)
