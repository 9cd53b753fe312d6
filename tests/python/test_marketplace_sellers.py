"""Sellers who are possibly one operator, against operators that the simulator planted."""

import csv
import json
from pathlib import Path

import duckdb
import psycopg
import pytest
import yaml
from commands import dbt, keywords, query, run, variables

from ingestion.mercadolivre.tables import Reader, User
from simulators.mercadolivre import World
from simulators.mercadolivre.resources import offer, user
from simulators.mercadolivre.truth import Pairs, pairs
from warehouse import open_warehouse
from warehouse.connection import PROJECT

ENGINES = ("postgres", "duckdb")
SEEDS = (51, 52, 53)  # not those that the weights were chosen on
DAYS = 14
MODELS = "+seller_clusters"
SOURCES = PROJECT / "models/staging/mercadolivre/_mercadolivre__sources.yml"


class Market:
    """Worlds of several seeds side by side: each has ids and cities of its own."""

    def __init__(self, seeds: tuple[int, ...], **size: int):
        self.users: list[dict] = []
        self.offers: list[dict] = []
        self.truth: dict[int, int] = {}
        for seed in seeds:
            world = World(sellers=1, items=1, orders_per_day=0, seed=seed, **size)
            for _ in range(DAYS):
                world.tick()
                self._observe(world)
            self._look_up(world)
            for seller, operator in world.truth["operators"].items():
                self.truth[self.seller(world, seller)] = seed * 1_000_000 + operator

    @staticmethod
    def seller(world: World, id: int) -> int:
        return world.seed * 10**11 + id

    def _observe(self, world: World) -> None:
        """All offers of the day; only what the models read, for speed."""
        for product in world.products:
            for position, item in enumerate(world.offers(product), start=1):
                shown = offer(world, item)
                row = {column: shown.get(column) for column in ("price", "original_price")}
                row |= {
                    "observed_at": world.now.isoformat(),
                    "product_id": f"{world.seed}-{product}",
                    "item_id": f"{world.seed}-{item.id}",
                    "position": position,
                    "is_winner": position == 1,
                    "source": "offers",
                    "seller_id": self.seller(world, item.seller_id),
                }
                for column in ("official_store_id", "inventory_id"):
                    row[column] = shown[column] and f"{world.seed}{shown[column]}"
                row["inventory_id"] = row["inventory_id"] and f"INV{row['inventory_id']}"
                self.offers.append(row)

    def _look_up(self, world: World) -> None:
        reader = Reader(str)
        for seller in world.sellers.values():
            row = reader.row(User, user(world, seller, seller.own), observed_at=world.now)
            row |= {"id": self.seller(world, seller.id), "tags": json.dumps(row["tags"])}
            row |= {"state_id": f"{row['state_id']}-{world.seed}"}
            self.users.append(row)


def fill(market: Market, environment: dict[str, str], target: str) -> None:
    """The raw tables, as the loader would leave them."""
    (source,) = yaml.safe_load(SOURCES.read_text())["sources"]
    declared = {table["name"]: table["columns"] for table in source["tables"]}
    for table, rows in (("users", market.users), ("offer_observations", market.offers)):
        types = [f"{column['name']} {column['data_type']}" for column in declared[table]]
        path = Path(environment["ARMAZEM_HOME"]) / f"{table}.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        name, names = f"raw_mercadolivre.{table}", ", ".join(rows[0])
        make = f"create table {name} ({', '.join(types)})"
        if target == "duckdb":
            with duckdb.connect(environment["ARMAZEM_DUCKDB"]) as connection:
                connection.execute("create schema if not exists raw_mercadolivre")
                connection.execute(make)
                connection.execute(
                    f"insert into {name} ({names})"
                    f" select {names} from read_csv('{path}', header = true, all_varchar = true)"
                )
        else:
            with psycopg.connect(**keywords(environment)) as connection:
                connection.execute("create schema if not exists raw_mercadolivre")
                connection.execute(make.replace(" json", " jsonb"))
                copy = f"copy {name} ({names}) from stdin (format csv, header)"
                with connection.cursor().copy(copy) as stream:
                    stream.write(path.read_bytes())


def execute(environment: dict[str, str], target: str, sql: str) -> None:
    if target == "duckdb":
        with duckdb.connect(environment["ARMAZEM_DUCKDB"]) as connection:
            connection.execute(sql)
    else:
        with psycopg.connect(**keywords(environment)) as connection:
            connection.execute(sql)


def clusters(environment: dict[str, str], target: str) -> dict[int, tuple]:
    sql = "select seller_id, cluster_id, seller_count, is_too_large, is_disputed, best_score"
    found = query(environment, target, f"{sql} from marts.seller_clusters")
    return {row[0]: row[1:] for row in found}


def clustered(found: dict[int, tuple]) -> Pairs:
    return pairs({seller: row[0] for seller, row in found.items() if row[0] is not None})


@pytest.fixture(scope="module")
def market():
    return Market(SEEDS, products=1475, duplicates=30)


@pytest.fixture(scope="module")
def built(market, make_environment):
    """The variables of a warehouse that holds the market in both engines, and its clusters."""
    environment = make_environment()
    with variables(**environment):
        for target in ENGINES:
            open_warehouse(target)  # with its role
    found = {}
    for target in ENGINES:
        fill(market, environment, target)
        tests = ("test", "unit_test")[target == "duckdb" :]  # the data tests run once
        without = [word for kind in tests for word in ("--exclude-resource-type", kind)]
        dbt(
            "build", "--select", MODELS, *without, "--indirect-selection", "cautious", "--quiet",
            target=target, environment=environment,
        )  # fmt: skip
        found[target] = clusters(environment, target)
    return environment, found


def test_planted_operators_are_found(market, built):
    """Of all pairs in one cluster, and of all pairs of one operator: precision and recall."""
    _, found = built
    true, of_clusters = pairs(market.truth), clustered(found["duckdb"])
    right = len(true & of_clusters)
    assert len(true) > 120
    assert right / len(of_clusters) >= 0.98, sorted(of_clusters - true)
    assert right / len(true) >= 0.95, sorted(true - of_clusters)


def test_engines_agree(built):
    environment, found = built
    assert found["postgres"] == found["duckdb"]
    sql = "select * from marts.seller_pair_evidence order by seller_a_id, seller_b_id"
    assert query(environment, "postgres", sql) == query(environment, "duckdb", sql)


def test_few_pairs_are_compared(market, built):
    environment, _ = built
    ((compared,),) = query(environment, "duckdb", "select count(*) from marts.seller_pair_evidence")
    everybody = len(market.users)
    assert len(pairs(market.truth)) < compared < everybody * (everybody - 1) / 2 / 4


def test_reviews_and_the_cap_are_obeyed(market, built):
    """A pair of strangers becomes a cluster, a found pair none, and threes are above a cap of 2."""
    environment, found = built
    before = found["duckdb"]
    sizes = {seller: row[1] for seller, row in before.items()}
    lone = next(pair for pair in sorted(clustered(before)) if sizes[pair[0]] == 2)
    strangers = sorted(
        row["id"] for row in market.users if row["id"] not in {*before, *market.truth}
    )[:2]
    after = {}
    for target in ENGINES:
        execute(
            environment, target,
            "insert into staging.seller_pair_reviews values"
            f" ({strangers[1]}, {strangers[0]}, 'same', null),"
            f" ({lone[0]}, {lone[1]}, 'different', null)",
        )  # fmt: skip
        dbt(
            "run", "--select", "int_seller_pairs_blocked+", "--quiet",
            "--vars", "{seller_cluster_cap: 2}", target=target, environment=environment,
        )  # fmt: skip
        after[target] = clusters(environment, target)
    assert after["postgres"] == after["duckdb"]
    now = after["duckdb"]
    assert tuple(strangers) in clustered(now) and lone not in clustered(now)
    assert not set(lone) & set(now)
    large = {seller for seller, size in sizes.items() if size > 2}
    assert large == {seller for seller, row in now.items() if row[2]}
    assert all(now[seller][0] is None for seller in large)
    assert all(row[1] == 2 for row in now.values() if not row[2])


def test_the_question_can_be_asked_as_a_reader(built):
    environment, _ = built
    question = (PROJECT / "analyses" / "duplicate_merchants.sql").read_text()
    for target in ENGINES:
        command = ("armazem", "sql", "-", "--csv", "--target", target)
        answer = run(*command, environment=environment, input=question)
        assert len(answer.stdout.splitlines()) == 51


def test_wording_accuses_nobody():
    """It is a hint with its evidence, wherever it is spoken of."""
    folders = ("models/marts/sellers", "models/intermediate/sellers", "analyses")
    for folder in folders:
        for path in (PROJECT / folder).iterdir():
            text = path.read_text().lower()
            assert not {w for w in ("fraud", "fake", "guilty", "cheat", "culprit") if w in text}
    text = " ".join((PROJECT / folders[0] / "_sellers__models.yml").read_text().split())
    assert text.count("possibly the same operator") >= 2
