"""Loading the simulated marketplace over HTTP: the tables are the truth, whatever goes wrong."""

import datetime as dt
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import dlt
import duckdb
import pytest
import sqlalchemy as sa
from commands import variables
from marketplace import (
    ALWAYS,
    CURRENT,
    KEYS,
    PLENTY,
    Expected,
    Market,
    assert_balanced,
    assert_equal,
    contents,
    days,
    keyed,
    letters_of,
    small_world,
)

from ingestion.mercadolivre import own
from ingestion.mercadolivre.capabilities import Capabilities
from ingestion.mercadolivre.client import Budget, Client
from ingestion.mercadolivre.extract import Problems, chosen, extract
from ingestion.mercadolivre.known import Known
from ingestion.mercadolivre.oauth import Accounts
from ingestion.mercadolivre.own import Orders
from ingestion.mercadolivre.resource import Run
from ingestion.mercadolivre.source import mercadolivre
from ingestion.mercadolivre.tables import Reader
from simulators.mercadolivre import Faults, World
from warehouse import UserError
from warehouse.connection import PROJECT
from warehouse.dead_letters import letters
from warehouse.ledger import entries
from warehouse.staging import table_exists


@pytest.mark.parametrize(
    ("seed", "target"),
    [(1, "postgres"), (2, "postgres"), (3, "postgres"), (4, "duckdb"), (5, "duckdb")],
)
def test_the_warehouse_is_the_truth(market, seed, target):
    world = small_world(seed)
    faults = Faults(
        seed=seed, drop=0.03, error_500=0.03, slow=0.01, slow_seconds=0.02, malformed_element=0.03
    )
    market = market(world, target, faults, **ALWAYS)
    expected = Expected(world, market.vault)
    for count in (2, 1):
        days(world, count)
        market.load()
        expected.note()
    assert market.server.faults_done.keys() >= {"drop", "error_500", "malformed_element"}
    assert_equal(market.warehouse, expected)
    assert letters(market.warehouse) == []
    assert_balanced(market.warehouse)


# Killed


SMALL = {"ITEMS_PAGE": 10, "VISITS_DAYS": 10}
DRIVER = Path(__file__).with_name("marketplace_driver.py")


class Driver:
    """A process that loads, in children of its own that are killed at a given moment."""

    def __init__(self, market: Market, environment: dict[str, str]):
        told = {name: market.settings[name] for name in market.settings}
        arguments = [json.dumps(told), json.dumps(SMALL), market.warehouse.target]
        self.process = subprocess.Popen(
            [sys.executable, str(DRIVER), *arguments],
            env={**os.environ, **environment, "PYTHONPATH": str(PROJECT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)

    def load(self, event: str = "", number: int = 0) -> bool:
        """Load, to the end or until the number-th event; returns whether it came to an end."""
        self.process.stdin.write(f"{event} {number}\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        assert status in (0, -signal.SIGKILL)
        return status == 0


def assert_consistent(market: Market) -> None:
    """What is there is true and whole, and the cursors and the ledger claim no more."""
    if not table_exists_in(market):
        return
    world, expected = market.world, Expected(market.world, market.vault)
    expected.note()
    orders = {row["id"]: row for row in market.rows("orders")}
    assert orders.keys() <= world.orders.keys()
    for table in ("order_items", "order_payments"):
        assert {row["order_id"] for row in market.rows(table)} == orders.keys()
    for cursor in market.rows("cursors"):
        if cursor["resource"] == "orders":
            for order in world.orders.values():
                if order.indexed < cursor["until"]:
                    wanted = expected.tables["orders"][order.id,]
                    assert orders[order.id]["date_last_updated"] == wanted["date_last_updated"]
    loaded = sums_ever(market)
    loaded["users"] += loaded["accounts"]
    for table in ("items", "orders", "shipments", "products", "users", "user_products"):
        assert (len(market.rows(table)) > 0) == (loaded[table] > 0), table
        assert len(market.rows(table)) <= loaded[table]
    assert_balanced(market.warehouse)


def table_exists_in(market: Market) -> bool:
    with market.warehouse.begin() as connection:
        return table_exists(connection, "raw_mercadolivre", "cursors")


def sums_ever(market: Market) -> Counter[str]:
    counted: Counter[str] = Counter()
    for entry in entries(market.warehouse, "mercadolivre"):
        counted[entry["resource"]] += entry["loaded_rows"]
    return counted


@pytest.mark.parametrize("target", ["postgres", "duckdb"])
def test_a_killed_load_is_taken_up_where_it_was(
    market, make_environment, environment, target, monkeypatch
):
    """Killed at any request, between staging and publishing, in a transaction: nothing is lost."""
    seeded = Random(target)
    for name, value in SMALL.items():  # several pages of changes, few days of visits
        monkeypatch.setattr(own, name, value)
    world = days(small_world(11, sellers=1, items=25, products=6, orders_per_day=15), 2)
    disturbed = market(world, target)
    undisturbed_environment = make_environment()
    with variables(**undisturbed_environment):
        undisturbed = market(world, target)
    moments = [
        [("request", seeded.randrange(30, 250)), ("publish", 2)],
        [("request", seeded.randrange(20, 120)), ("stage", 2)],
    ]
    with Driver(disturbed, environment) as driver:
        for killed_at in moments:
            for event, number in killed_at:
                assert not driver.load(event, number), (event, number)
                assert_consistent(disturbed)
            assert driver.load()
            with variables(**undisturbed_environment):
                undisturbed.load()
            found, wanted = contents(disturbed.warehouse), contents(undisturbed.warehouse)
            for table in found:
                assert found[table] == wanted[table], table
            assert_consistent(disturbed)
            days(world, 1)
            for item in world.items.values():  # more than a page of changes
                world._price(item, item.price + 100, world.now - dt.timedelta(hours=1))
            world._truth = None


# Two at once, and tokens


def test_a_second_load_at_the_same_time_is_refused(market):
    world = days(small_world(15), 1)
    market = market(world, "postgres", **ALWAYS)
    errors, before = [], market.refreshes()

    def answer(path, query):
        if path == "/orders/search" and not errors:
            errors.append("")
            try:
                with market.loader():
                    pass
            except UserError as error:
                errors[0] = str(error)

    market.intercept(answer)
    market.load()
    assert "another load" in errors[0] and "\n" not in errors[0]
    assert market.refreshes() == before
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, "items", "orders", "shipments", "offer_observations")
    with market.state.begin() as connection:
        connection.execute(
            sa.text(
                "update ops.oauth_token set"
                " expires_at = obtained_at, obtained_at = obtained_at - interval '6 hours'"
            )
        )
    assert market.load().problems.failed == []
    assert market.refreshes() == before + len(world.accounts)


def test_an_unknown_account_is_one_line(market):
    market = market(small_world(16, items=3), "postgres")
    with pytest.raises(UserError, match="account 5 has not signed in: armazem auth") as caught:
        market.load(accounts=[5])
    assert "\n" not in str(caught.value)


def test_the_data_of_two_apis_do_not_meet(market):
    world = small_world(17, sellers=1, items=3, products=2)
    market = market(world, "postgres", categories="used")
    market.load(only=["items"])
    market.settings.api_url = market.server.url.replace("127.0.0.1", "localhost")
    with pytest.raises(UserError, match="holds the data of 127.0.0.1, not of localhost") as caught:
        market.load(only=["items"])
    assert "\n" not in str(caught.value)


# Only what is new


def test_a_second_load_asks_for_what_is_new_only(market, monkeypatch):
    monkeypatch.setattr(own, "VISITS_DAYS", 10)
    world = days(small_world(18, items=75, orders_per_day=40), 4)
    market = market(world, "postgres", prices_max_age_hours=72, users_max_age_days=30)
    market.load()
    start = len(market.server.requests)
    market.load()
    # per account: the app, two totals, ids, a page of changes, orders, and partial users
    mine = [item for item in world.items.values() if item.seller_id in world.accounts]
    assert len(market.asked(start)) <= 8 * len(world.accounts) + len(mine) // 20 + 6
    before, start = world.now, len(market.server.requests)
    days(world, 1)
    market.load()
    changed = {item.id for item in world.items.values() if item.updated >= before}
    for suffix in ("/prices", "/sale_price", "/price_to_win"):
        asked = {path.split("/")[2] for path in market.asked(start, "/items/", suffix)}
        assert asked <= changed
        if suffix == "/prices":
            assert {i.id for i in mine if i.status != "closed"} & changed <= asked
    moved = {s.id for s in world.shipments.values() if s.updated >= before}
    asked = {int(p.split("/")[2]) for p in market.asked(start, "/shipments/") if "costs" not in p}
    touched = {o.shipment_id for o in world.orders.values() if o.indexed >= before}
    still_open = {
        s.id for s in world.shipments.values() if s.status in ("ready_to_ship", "shipped")
    }
    assert moved <= asked <= touched | still_open
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, *CURRENT)
    assert_balanced(market.warehouse)


# Windows


def windows(market: Market) -> list[dict]:
    found = entries(market.warehouse, "mercadolivre")
    return [entry for entry in found if entry["resource"] == "orders"]


def test_windows_are_halved_until_they_can_be_read(market, monkeypatch):
    monkeypatch.setattr(Orders, "ceiling", 20)
    world = days(small_world(19, sellers=1, items=20, products=2, orders_per_day=100), 3)
    market = market(world, "duckdb")
    market.load(only=["orders"])
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, "orders", "order_items", "order_payments")
    assert len(windows(market)) > len(world.orders) // 20
    assert all(entry["source_rows"] <= 20 for entry in windows(market))
    assert len(keyed("cursors", market.rows("cursors"))) == 1


def test_an_hour_of_too_many_orders_is_truncated_aloud(market, monkeypatch):
    monkeypatch.setattr(Orders, "ceiling", 20)
    world = days(small_world(20, sellers=1, items=20, products=2, orders_per_day=100), 1)
    for number, order in enumerate(world.orders.values()):
        if number < 90:
            order.indexed = world.now - dt.timedelta(hours=5, seconds=-number)
    world._truth = None
    market = market(world, "postgres")
    market.load(only=["orders"])
    cut = [entry for entry in windows(market) if entry["truncated_rows"]]
    assert len(cut) == 1 and cut[0]["truncated_reason"]
    assert sum(e["truncated_rows"] for e in windows(market)) == (
        len(world.orders) - len(market.rows("orders"))
    )
    assert_balanced(market.warehouse)


def test_an_order_updated_while_its_window_is_read_is_not_lost(market, monkeypatch):
    monkeypatch.setattr(Orders, "ceiling", 150)
    world = days(small_world(21, sellers=1, items=20, products=2, orders_per_day=120), 3)
    market = market(world, "postgres")
    pages = Counter()

    def answer(path, query):
        if path == "/orders/search" and query.get("offset") == "50":
            pages[query["order.date_last_updated.from"]] += 1
            if pages.total() <= 6:  # those on the page before are updated: they leave the window
                with world.lock:
                    for order in list(world.orders.values())[:40:7]:
                        world._touch(order, world.now)
                        order.status = "partially_refunded"
                    world._truth = None

    market.intercept(answer)
    market.load(only=["orders"])
    market.heal()
    assert pages
    assert {row["id"] for row in market.rows("orders")} == set(world.orders)
    market.load(only=["orders"])
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, "orders", "order_payments")
    assert_balanced(market.warehouse)


def test_more_than_a_thousand_items_are_scanned(market):
    world = World(seed=22, sellers=1, items=1_150, products=3, orders_per_day=0)
    market = market(world, "duckdb", Faults(seed=22, drop=0.04))
    result = market.load(only=["items"])
    assert market.asked(0, "search_type=scan")
    assert {row["id"] for row in market.rows("items")} == set(
        world.items_by_seller[world.accounts[0]]
    )
    assert result.loaded("items") == result.loaded("item_ids") == 1_150


# Drift, and what must not be stored


def test_new_fields_and_words_are_counted(market):
    world = days(small_world(23, orders_per_day=40), 3)
    next(iter(world.orders.values())).status = "paid_on_review"
    market = market(world, "postgres", **ALWAYS)
    result = market.load()
    words = Counter(
        order["status"] for order in world.truth["orders"].values()
        if order["status"] == "paid_on_review"
    )  # fmt: skip
    assert result.drift.words == {f"orders.status={w}": count for w, count in words.items()}
    unknown = sum("experiment_group" in order for order in world.truth["orders"].values())
    assert result.drift.fields["orders.experiment_group"] == unknown
    (entry,) = [e for e in entries(market.warehouse) if e["resource"] == "drift"]
    assert entry["details"]["words"] == dict(result.drift.words)


def test_nobody_is_named_anywhere(market, tmp_path, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    world = days(small_world(24), 4)
    market = market(world, "postgres", Faults(seed=24, malformed_element=0.5), **ALWAYS)
    secrets = {"hush", "Inventad", "Pessoa", "COMPRADOR", ".example", "98888", "90000-", "Rua "}
    market.load()
    assert letters_of(market)
    with market.state.begin() as connection:
        tokens = connection.execute(
            sa.text("select access_token, refresh_token from ops.oauth_token")
        ).all()
        secrets |= {market.vault.decrypt(token) for row in tokens for token in row}
        columns = connection.execute(
            sa.text(
                "select table_schema, table_name, column_name from information_schema.columns"
                " where table_schema in ('raw_mercadolivre', 'ops')"
            )
        ).all()
        texts = [
            (f"{schema}.{table}.{column}", str(value))
            for schema, table, column in columns
            for value in connection.scalars(
                sa.text(f'select distinct "{column}"::text from {schema}.{table}')
            )
        ]
    captured = capsys.readouterr()
    texts += [("log", caplog.text), ("said", "\n".join(market.said)), ("out", captured.out)]
    secrets |= {str(order.buyer_id) for order in world.orders.values()}
    for order in world.truth["orders"].values():
        secrets.add(order["buyer"]["billing_info"]["doc_number"])
    whole = re.compile("|".join(map(re.escape, secrets)))
    for place, value in texts:
        found = whole.search(value)
        if found and not place.endswith("_at"):  # of microseconds any digits may come
            raise AssertionError((place, found.group(), value[:200]))


def test_the_source_works_on_its_own(market, tmp_path):
    world = days(small_world(27, sellers=1, items=10, products=4, orders_per_day=6), 2)
    market = market(world, "postgres")
    accounts = Accounts(market.state, market.settings, market.vault)
    held = []
    pipeline = dlt.pipeline(
        "alone",
        destination=dlt.destinations.duckdb(str(tmp_path / "alone.duckdb")),
        dataset_name="raw_mercadolivre",
        pipelines_dir=str(tmp_path / "pipelines"),
    )
    for _ in range(2):
        with Client(market.server.url, accounts, Budget(PLENTY), backoff=0.002) as client:
            run = Run(
                client=client,
                reader=Reader(market.vault.pseudonym),
                known=Known(),
                settings=market.settings,
                capabilities=Capabilities(None, ""),
                watched=tuple(world.products),
                accounts=tuple(world.accounts),
            )
            pipeline.run(mercadolivre(extract(run, chosen(), Problems())))
        with duckdb.connect(str(tmp_path / "alone.duckdb"), read_only=True) as connection:
            held.append(
                {
                    table: sorted(
                        connection.execute(
                            f"select columns(c -> c not like '_dlt%') from raw_mercadolivre.{table}"
                        ).fetchall(),
                        key=repr,
                    )
                    for table in KEYS
                    if table not in ("missed_feeds", "cursors")
                }
            )
    assert held[0] == held[1]
    assert len(held[0]["orders"]) == len(world.orders)
    assert {row[0] for row in held[0]["products"]} and len(held[0]["products"]) == 4
