"""Prices and stock of the marketplace through time: any order of loading gives the same history."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import pytest
import sqlalchemy as sa
import yaml
from commands import dbt, query, variables

from ingestion.mercadolivre.load import Loader
from ingestion.mercadolivre.oauth import Accounts
from ingestion.mercadolivre.settings import Settings
from simulators.mercadolivre import Faults, Server, World
from simulators.mercadolivre.resources import band as band_of
from simulators.mercadolivre.truth import changes
from warehouse import Warehouse, open_warehouse
from warehouse.connection import PROJECT
from warehouse.secrets import Vault, new_key

START = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
FOREVER = dt.datetime(9999, 12, 31)
MODELS = "price_changes stock_changes daily_prices product_price_snapshot"

# A row: the raw table and its values; what a batch brings with one key takes the old ones' place.
Row = tuple[str, dict]
KEYS = {
    "price_observations": ("item_id", "observed_at"),
    "sale_price_observations": ("item_id", "context", "observed_at"),
    "stock_observations": ("item_id", "variation_id", "observed_at"),
    "product_observations": ("product_id", "source", "observed_at"),
    "offer_observations": ("product_id", "source", "observed_at"),
}


def own_looks(rng: random.Random, item: str, days: range) -> Iterator[list[Row]]:
    """An own listing that is looked at now and then, with a promotion now and then, and closed."""
    price, units, closing = 100, 20, rng.choice((days[-1] // 2, days[-1] + 1))
    for day in days:
        at = START + dt.timedelta(days=day)
        price = price if rng.random() < 0.6 else rng.randrange(90, 110)
        units = max(units + rng.choice((0, 0, -5, 9)), 0)
        status = "active" if day < closing else "closed"
        if rng.random() < 0.4:
            continue  # nobody looks
        stock = {"item_id": item, "variation_id": 0, "status": status}
        yield [("stock_observations", stock | {"available_quantity": units, "observed_at": at})]
        if status == "closed":
            continue
        at += dt.timedelta(minutes=5)
        told = {"item_id": item, "currency_id": "BRL", "observed_at": at}
        standard = {"id": "1", "type": "standard", "amount": price, "contexts": ""}
        promotion = {"id": "2", "type": "promotion", "amount": price - 10}
        promotion |= {"regular_amount": price, "contexts": "channel_marketplace"}
        shown = [standard] + ([promotion] if rng.random() < 0.5 else [])
        yield [("price_observations", told | one) for one in shown]
        sale = {"context": "channel_marketplace", "amount": shown[-1]["amount"]}
        yield [("sale_price_observations", told | sale)]


def offer_looks(rng: random.Random, product: str, days: range) -> Iterator[list[Row]]:
    """A product of which offers come, go and move; at times not all of them are seen."""
    prices = {f"{product}-{n}": 50 + n for n in range(3)}
    units = dict.fromkeys(prices, 1)
    for day in days:
        at = START + dt.timedelta(days=day, minutes=10)
        for item in prices:
            prices[item] += rng.choice((0, 0, 0, -3, 3))
            units[item] = rng.choice((units[item], units[item], 0, 1, 50, 500))
        if rng.random() < 0.3:
            continue
        there = [item for item in prices if rng.random() < 0.8] if rng.random() < 0.85 else []
        key = {"product_id": product, "source": "offers", "observed_at": at}
        is_complete = rng.random() < 0.8
        look = {"offer_count": len(there) + (not is_complete), "is_complete": is_complete}
        offers = [
            key
            | {"item_id": item, "position": place, "is_winner": place == 1, "seller_id": 1}
            | {"price": prices[item], "currency_id": "BRL", "available_quantity": units[item]}
            for place, item in enumerate(there, start=1)
        ]
        rows: list[Row] = [("product_observations", key | look)]
        yield rows + [("offer_observations", offer) for offer in offers]


def looks(seed: int) -> list[list[Row]]:
    """Answers in order of time; the rows of an answer come together."""
    rng, days = random.Random(seed), range(14)
    found: list[list[Row]] = []
    for n in range(6):
        found += own_looks(rng, f"MLB{seed}{n}", days)
        found += offer_looks(rng, f"P{seed}{n}", days)
    return found


def create_raw_tables(warehouse: Warehouse) -> None:
    folder = PROJECT / "models" / "staging" / "mercadolivre"
    (source,) = yaml.safe_load((folder / "_mercadolivre__sources.yml").read_text())["sources"]
    with warehouse.begin() as connection:
        connection.execute(sa.text("create schema raw_mercadolivre"))
        for table in source["tables"]:
            if table["name"] in KEYS:
                columns = (f'"{c["name"]}" {c["data_type"]}' for c in table["columns"])
                name = f"raw_mercadolivre.{table['name']}"
                connection.execute(sa.text(f"create table {name} ({', '.join(columns)})"))


def put(connection: sa.Connection, rows: list[Row], batch: int) -> None:
    """Merge rows into the raw tables as a load does."""
    by_table: dict[str, list[dict]] = defaultdict(list)
    for table, row in rows:
        by_table[table].append(row)
    for table, found in by_table.items():
        same = " and ".join(f"{key} = :{key}" for key in KEYS[table])
        keys = {tuple(row[key] for key in KEYS[table]) for row in found}
        name = f"raw_mercadolivre.{table}"
        dead = [dict(zip(KEYS[table], key, strict=True)) for key in keys]
        connection.execute(sa.text(f"delete from {name} where {same}"), dead)
        for row in found:
            filled = row | {"_dlt_load_id": f"17900{batch:05d}.5"}
            names, values = ", ".join(filled), ", ".join(f":{column}" for column in filled)
            connection.execute(sa.text(f"insert into {name} ({names}) values ({values})"), filled)


def expected_history(answers: list[list[Row]]) -> set[tuple]:
    """Versions worked out of all answers at once: (item, context, state, price, from, to, last)."""
    shown: dict[tuple, dict[dt.datetime, Decimal]] = defaultdict(dict)
    complete: dict[tuple, dict[dt.datetime, str]] = defaultdict(dict)
    subject = {}
    for table, row in (pair for answer in answers for pair in answer):
        at = row["observed_at"].replace(tzinfo=None)
        if table == "stock_observations":
            if row["status"] == "closed":
                complete["prices", row["item_id"]][at] = "delisted"
                complete["sale_price", row["item_id"]][at] = "delisted"
            continue
        if table == "product_observations":
            if row["is_complete"]:
                gone = "nobody_sells" if row["offer_count"] == 0 else "delisted"
                complete["offers", row["product_id"]][at] = gone
            continue
        if table == "price_observations":
            series = row["item_id"], f"list:{row['type']}:{row['contexts']}:1"
            subject[series] = "prices", row["item_id"]
            complete["prices", row["item_id"]][at] = "withdrawn"
        elif table == "sale_price_observations":
            series = row["item_id"], f"sale:{row['context']}"
            subject[series] = "sale_price", row["item_id"]
        else:
            series = row["item_id"], f"offer:{row['product_id']}"
            subject[series] = "offers", row["product_id"]
        shown[series][at] = Decimal(row["amount"] if "amount" in row else row["price"])
    history = set()
    for series, prices in shown.items():
        states = [(at, "offered", price) for at, price in prices.items()]
        states += [
            (at, state, None) for at, state in complete[subject[series]].items() if at not in prices
        ]
        states = sorted(s for s in states if s[0] >= min(prices))
        versions: list[list] = []
        for at, state, price in states:
            is_gone = state != "offered"
            if versions and is_gone and versions[-1][0] != "offered":
                continue  # gone already
            if versions and (versions[-1][0], versions[-1][1]) == (state, price):
                versions[-1][3] = at
                continue
            versions.append([state, price, at, at])
        for version, later in zip(versions, [*versions[1:], None], strict=True):
            state, price, since, last = version
            history.add((*series, state, price, since, later[2] if later else FOREVER, last))
    return history


def expected_stock(answers: list[list[Row]]) -> set[tuple]:
    """Versions of stock: (item, context, least, most, from, to, last)."""
    most = {0: (0, 0), 1: (1, 50), 50: (51, 100), 500: (501, 5000)}
    shown: dict[tuple, dict[dt.datetime, tuple]] = defaultdict(dict)
    for table, row in (pair for answer in answers for pair in answer):
        at, units = row["observed_at"].replace(tzinfo=None), row.get("available_quantity")
        if table == "stock_observations":
            shown[row["item_id"], "own:0"][at] = (units, units)
        elif table == "offer_observations":
            shown[row["item_id"], f"offer:{row['product_id']}"][at] = most[units]
    history = set()
    for series, levels in shown.items():
        versions: list[list] = []
        for at, level in sorted(levels.items()):
            if versions and versions[-1][0] == level:
                versions[-1][2] = at
            else:
                versions.append([level, at, at])
        for version, later in zip(versions, [*versions[1:], None], strict=True):
            level, since, last = version
            history.add((*series, *level, since, later[1] if later else FOREVER, last))
    return history


@pytest.fixture(scope="module", params=["postgres", "duckdb"])
def replayed(request, make_environment):
    """Answers in any order, in batches, some of them twice, with builds in between."""
    environment, target = make_environment(), request.param
    with variables(**environment):
        warehouse = open_warehouse(target)
        create_raw_tables(warehouse)
        selection = ("--select", *(f"+{model}" for model in MODELS.split()))
        build = ("build", *selection, "--exclude-resource-types", "test", "unit_test")
        answers = [answer for seed in (1, 2) for answer in looks(seed)]
        rng = random.Random(3)
        # the first half in order of time, late answers among the rest, and replays at the end
        answers.sort(key=lambda answer: answer[0][1]["observed_at"])
        half = len(answers) // 2
        late = rng.sample(answers[:half], 30)
        steps = [
            [answer for answer in answers[:half] if answer not in late],
            rng.sample(answers[half:], len(answers) - half - 40),
        ]
        rest = [answer for answer in answers if not any(answer in step for step in steps)]
        steps.append(rng.sample(rest, len(rest)) + rng.sample(answers, 20))
        batch = 0
        for step in steps:
            with warehouse.begin() as connection:
                for n in range(0, len(step), 17):
                    batch += 1
                    put(connection, [row for answer in step[n : n + 17] for row in answer], batch)
            dbt(*build, target=target, environment=environment)
        yield environment, target, answers


def test_any_order_of_loading_gives_the_same_history(replayed):
    environment, target, answers = replayed
    columns = "item_id, context, state, price_amount, valid_from, valid_to, last_observed_at"
    found = query(environment, target, f"select {columns} from marts.product_price_history")
    assert len(found) == len(set(found))
    assert set(found) == expected_history(answers)
    unseen = "select count(*) from marts.product_price_history where observation_count < 1"
    assert query(environment, target, unseen) == [(0,)]


def test_any_order_of_loading_gives_the_same_stock(replayed):
    environment, target, answers = replayed
    columns = (
        "item_id, context, lowest_quantity, highest_quantity, valid_from, valid_to,"
        " last_observed_at"
    )
    found = query(environment, target, f"select {columns} from marts.product_stock_history")
    assert len(found) == len(set(found))
    assert set(found) == expected_stock(answers)


@dataclass
class Day:
    """What was true when a load ended, and what the marts said then."""

    at: dt.datetime
    truth: dict
    marts: dict[str, list[tuple]] = field(default_factory=dict)


@pytest.fixture(scope="module", params=["postgres", "duckdb"])
def observed(request, make_environment, tmp_path_factory):
    """The simulated marketplace, loaded and built on each of some days."""
    environment, target = make_environment(), request.param
    world = World(sellers=2, items=40, products=10, orders_per_day=40, seed=8)
    watched = tmp_path_factory.mktemp("watched") / "watched.csv"
    watched.write_text("\n".join(["product_id", *world.products]))
    calm, redirect = Faults(partial_user=0, late_order=0, malformed_element=0), "https://a.example/"
    days = []
    with (
        variables(**environment),
        Server(world, rate_per_hour=10**7, faults=calm) as server,
    ):
        state, vault, settings = open_warehouse("postgres"), Vault([new_key()]), Settings()
        settings.client_id, settings.client_secret = server.client_id, "secret"
        settings.api_url, settings.redirect_uri = server.url, redirect
        settings.watchlist, settings.requests_per_hour = str(watched), 10**7
        for user in world.accounts:
            Accounts(state, settings, vault).add(server.authorize(user, redirect), "")
        selected = [f"+{model}" for model in MODELS.split()]
        build = ("build", "--select", *selected, "--exclude-resource-types", "test", "unit_test")
        for _ in range(3):
            world.tick()
            with Loader(open_warehouse(target), state, settings, vault) as loader:
                loader.load(["items", "prices", "sale_prices", "products", "offers"])
            dbt(*build, target=target, environment=environment)
            days.append(Day(world.now.astimezone(dt.UTC).replace(tzinfo=None), world.truth))
            days[-1].marts = {
                mart: sorted(query(environment, target, f"select * from marts.{mart}"), key=repr)
                for mart in ("product_price_history", "daily_prices", "product_stock_history")
            }
        dbt(*build, target=target, environment=environment)

        def ask(what: str) -> list[tuple]:
            return query(environment, target, f"select {what}")

        yield days, ask


def money(value: float) -> Decimal:
    return Decimal(str(value))


def test_prices_of_every_day_are_the_truth(observed):
    days, ask = observed
    for day in days:
        found = ask(
            "item_id, catalog_product_id, price_amount from marts.product_price_history"
            f" where valid_from <= '{day.at}' and valid_to > '{day.at}' and state = 'offered'"
            " and context like 'offer:%'"
        )
        assert sorted(found) == sorted(
            (offer["item_id"], product, money(offer["price"]))
            for product, offers in day.truth["offers"].items()
            for offer in offers
        )
        found = ask(
            "item_id, min(price_amount) from marts.product_price_history"
            f" where valid_from <= '{day.at}' and valid_to > '{day.at}' and state = 'offered'"
            " and context = 'list:standard::1' group by item_id"
        )
        assert dict(found) == {
            id: money(told["prices"][0]["amount"])
            for id, told in day.truth["prices"].items()
            if day.truth["items"][id]["status"] != "closed"
        }


def test_changes_of_price_are_those_of_the_truth(observed):
    days, ask = observed
    found = ask(
        "item_id, from_price_amount, to_price_amount, changed_at from marts.price_changes"
        " where context like 'offer:%'"
    )
    expected = changes(
        (offer["item_id"], day.at, money(offer["price"]))
        for day in days
        for offers in day.truth["offers"].values()
        for offer in offers
    )
    assert sorted(found) == sorted(expected)
    assert expected


def test_stock_changes_exactly_or_by_bands(observed):
    days, ask = observed
    found = ask(
        "item_id, changed_at, sum(least_change_quantity) from marts.stock_changes"
        " where mode = 'own' group by item_id, changed_at"
    )
    moved = {}
    for before, after in pairwise(days):
        had, has = before.truth["stock"]["exact"], after.truth["stock"]["exact"]
        for id in had.keys() & has.keys():
            if had[id] != has[id]:
                moved[id, after.at] = has[id] - had[id]
    assert moved
    nets = {(id, at): int(units) for id, at, units in found if units}
    assert nets == moved
    shown = ask(
        "item_id, changed_at, to_lowest_quantity from marts.stock_changes where mode = 'watch'"
        " and catalog_product_id is not null"
    )
    for id, at, lowest in shown:
        day = next(day for day in days if day.at == at)
        band = day.truth["stock"]["band"].get(id)
        band = band_of(day.truth["stock"]["exact"][id]) if band is None else band
        assert lowest == (band if band < 50 else band + 1)


def test_the_snapshot_agrees_with_the_history(observed):
    _, ask = observed
    kept = "price_series_key, state, price_amount, regular_price_amount"
    snapshot = ask(f"{kept}, dbt_valid_from, dbt_valid_to from snapshots.product_price_snapshot")
    history = ask(f"{kept}, valid_from, valid_to from marts.product_price_history")
    assert sorted(snapshot, key=repr) == sorted(history, key=repr)


def test_building_again_changes_nothing_and_a_day_changes_itself(observed):
    days, ask = observed
    for mart, rows in days[-1].marts.items():
        assert sorted(ask(f"* from marts.{mart}"), key=repr) == rows
    *_, before, now = (day.marts["daily_prices"] for day in days)
    newest = days[-1].at.date()
    assert set(before) <= set(now)
    assert {row[6] for row in set(now) - set(before)} == {newest}
