"""Weeks of a simulated marketplace, loaded and built several times, against what happened in it."""

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import dbt, query, variables

from ingestion.mercadolivre.load import Loader
from ingestion.mercadolivre.oauth import Accounts
from ingestion.mercadolivre.settings import Settings
from simulators.mercadolivre import Faults, Server, World, truth
from simulators.mercadolivre.truth import MEASURES
from simulators.mercadolivre.world import LEVELS, PLACES, Item
from warehouse import open_warehouse
from warehouse.connection import PROJECT
from warehouse.secrets import Vault, new_key

ENGINES = ("postgres", "duckdb")
REDIRECT = "https://app.example/back"
WEEKS = (8, 8, 9)  # days until each load; accounts are looked up again after seven
MARTS = (
    "fact_sales", "product_identity", "dim_product", "dim_seller", "dim_category", "dim_region",
    "dim_date",
)  # fmt: skip
HISTORIES = ("product_identity", "dim_product", "dim_seller")
EVENTS = (
    "item_migrated", "item_recategorised", "price_changed", "item_closed", "seller_renamed",
    "reputation_changed", "order_cancelled", "order_refunded",
)  # fmt: skip
KEYS = "select item_id, variation_id, product_id from marts.product_identity"


@pytest.fixture(scope="module")
def market(make_environment):
    """The warehouse after three loads, built on each engine, and the world at those moments."""
    environment = make_environment()
    world = World(sellers=2, items=60, products=12, orders_per_day=45, seed=7)
    moments = []
    with (
        variables(**environment),
        Server(world, rate_per_hour=10**7, faults=Faults(partial_user=0)) as server,
    ):
        load = loader(world, server, environment)
        for number, days in enumerate(WEEKS, start=1):
            for _ in range(days):
                world.tick()
            for target in ENGINES:
                load(target)
            is_last = number == len(WEEKS)
            models = (f"+{mart}" for mart in (MARTS if is_last else HISTORIES))
            build(environment, *models, tests=is_last)
            moments.append(moment(world, environment))
    marts = {target: contents(environment, target) for target in ENGINES}
    return SimpleNamespace(environment=environment, world=world, moments=moments, marts=marts)


def loader(world: World, server: Server, environment: dict[str, str]):
    """A function that loads all that the world's API tells into an engine."""
    watched = Path(environment["ARMAZEM_HOME"]) / "watched.csv"
    watched.write_text("\n".join(["product_id", *world.products]))
    state, vault, settings = open_warehouse("postgres"), Vault([new_key()]), Settings()
    settings.client_id, settings.client_secret = server.client_id, "secret"
    settings.api_url, settings.redirect_uri = server.url, REDIRECT
    settings.watchlist, settings.requests_per_hour = str(watched), 10**7
    for user in world.accounts:
        Accounts(state, settings, vault).add(server.authorize(user, REDIRECT), "")

    def load(target: str) -> None:
        with Loader(open_warehouse(target), state, settings, vault, backoff=0.01) as loader:
            loader.load()

    return load


def build(environment: dict[str, str], *models: str, tests: bool) -> None:
    """Build models on both engines; of the tests, those of marts that need no other model."""
    options = ["--indirect-selection", "cautious", "--exclude-resource-types", "unit_test"]
    options += [] if tests else ["test"]
    options += ["--exclude", "staging.mercadolivre,resource_type:test"]

    def run(target: str) -> None:
        dbt("build", "--select", *models, *options, target=target, environment=environment)

    with ThreadPoolExecutor() as pool:
        list(pool.map(run, ENGINES))


def contents(environment: dict[str, str], target: str) -> dict[str, list[tuple]]:
    return {
        mart: sorted(query(environment, target, f"select * from marts.{mart}"), key=repr)
        for mart in MARTS
    }


def moment(world: World, environment: dict[str, str]) -> SimpleNamespace:
    """What is so now, and what the warehouse knows of it."""
    users = query(environment, "duckdb", "select seller_id from staging.stg_mercadolivre__users")
    return SimpleNamespace(
        at=utc(world.now),
        sellers={
            id: (world.sellers[id].nickname, LEVELS[world.sellers[id].level]) for (id,) in users
        },
        products={
            id: state(shown([world.items[item] for item in items]))
            for id, items in world.items_by_user_product.items()
            if world.sellers[world.user_products[id].seller_id].own
        },
        identity={row[:2]: row[2] for row in query(environment, "duckdb", KEYS)},
    )


def shown(items: list[Item]) -> Item:
    """Of the listings of a thing, the one that is for sale, and of several the newest."""
    return max(items, key=lambda item: (item.status != "closed", item.created))


def state(item: Item) -> tuple:
    return item.id, item.title, item.category_id, item.status, item.price


def utc(time: dt.datetime) -> dt.datetime:
    return time.astimezone(dt.UTC).replace(tzinfo=None)


def test_the_world_had_it_all(market):
    world = market.world
    kinds = Counter(event["kind"] for event in world.events)
    assert [kind for kind in EVENTS if not kinds[kind]] == []
    assert world.packs
    freight = truth.freights(world)
    assert any(
        all(freight[id] for id in shipment.order_ids)
        for shipment in world.shipments.values()
        if len(shipment.order_ids) > 1
    )


def test_both_engines_build_the_same_marts(market):
    for mart in MARTS:
        assert market.marts["postgres"][mart] == market.marts["duckdb"][mart], mart
        assert market.marts["postgres"][mart], f"{mart} is empty"


@pytest.mark.parametrize("target", ENGINES)
def test_sales_by_sku_uf_and_month_are_those_that_happened(market, target):
    expected = truth.sales(market.world)
    found = query(
        market.environment,
        target,
        """
        select
            identity.seller_sku, sales.buyer_uf, days.month_start_date, sales.is_cancelled,
            sum(sales.quantity), sum(100 * sales.gross_amount), sum(100 * sales.discount_amount),
            sum(100 * sales.fee_amount), sum(100 * sales.freight_amount),
            sum(100 * sales.refund_amount), sum(100 * sales.net_amount)
        from marts.fact_sales as sales
        inner join marts.product_identity as identity on sales.listing_key = identity.listing_key
        inner join marts.dim_date as days on sales.sale_date = days.calendar_date
        group by 1, 2, 3, 4
        """,
    )
    assert {row[:4]: row[4:] for row in found} == {
        key: tuple(sums[name] for name in MEASURES) for key, sums in expected.items()
    }
    assert {True, False} == {key[3] for key in expected}
    assert None in {key[1] for key in expected}  # not paid, so not shipped


@pytest.mark.parametrize("target", ENGINES)
def test_every_order_is_of_the_product_that_was_sold(market, target):
    orders = market.world.orders
    found = dict(
        query(market.environment, target, "select order_id, product_id from marts.fact_sales")
    )
    assert found.keys() == orders.keys()
    pairs = {(product, orders[id].user_product_id) for id, product in found.items()}
    products, things = zip(*pairs, strict=True)
    assert len(pairs) == len(set(products)) == len(set(things))


@pytest.mark.parametrize("target", ENGINES)
def test_products_outlive_the_migration_of_their_listings(market, target):
    """Ids are those of the first build, and the same on both sides of a migration."""
    now = {row[:2]: row[2] for row in query(market.environment, target, KEYS)}
    for earlier in market.moments:
        assert earlier.identity.items() <= now.items()
    world = market.world
    sold = {(order.item_id, order.variation_id or 0) for order in world.orders.values()}
    migrations = [event for event in world.events if event["kind"] == "item_migrated"]
    both_sides = 0
    for event in migrations:
        if not world.sellers[world.items[event["id"]].seller_id].own:
            continue
        old = world.items[event["id"]]
        for variation, heir in zip(old.variations, event["after"], strict=True):
            assert now[old.id, variation.id] == now[heir, 0]
            both_sides += {(old.id, variation.id), (heir, 0)} <= sold
    assert both_sides


@pytest.mark.parametrize("target", ENGINES)
def test_listings_are_valid_from_creation_to_migration(market, target):
    found = {
        row[0]: row[1:]
        for row in query(
            market.environment,
            target,
            "select item_id, min(valid_from), max(valid_to) from marts.product_identity group by 1",
        )
    }
    world, forever = market.world, dt.datetime(9999, 12, 31)
    ended = {e["id"]: e["at"] for e in world.events if e["kind"] == "item_migrated"}
    own = [item for item in world.items.values() if world.sellers[item.seller_id].own]
    assert found.keys() == {item.id for item in own}
    for item in own:
        assert found[item.id][0] == utc(item.created).replace(microsecond=0)
        if item.id in ended:
            end = utc(dt.datetime.fromisoformat(ended[item.id]))
            assert found[item.id][1] == end.replace(microsecond=0)
        else:
            assert (found[item.id][1] == forever) == (item.status != "closed")


@pytest.mark.parametrize("target", ENGINES)
def test_dimensions_as_of_each_load_are_what_was_observed(market, target):
    for then in market.moments:
        valid = f"valid_from <= '{then.at}' and valid_to > '{then.at}'"
        found = query(
            market.environment,
            target,
            "select user_product_id, item_id, title, category_id, status, 100 * list_price_amount"
            f" from marts.dim_product where {valid}",
        )
        # of a listing that was closed before the first load, the API does not tell the price
        ended = {row[0] for row in found if row[4] == "closed" and row[5] is None}
        products = {id: (*known[:-1], None) for id, known in then.products.items() if id in ended}
        assert {row[0]: row[1:] for row in found} == then.products | products
        found = query(
            market.environment,
            target,
            f"select seller_id, nickname, reputation_level_id from marts.dim_seller where {valid}",
        )
        assert {row[0]: row[1:] for row in found if row[0] in then.sellers} == then.sellers
    first, *_, last = market.moments
    assert any(first.sellers[id] != last.sellers[id] for id in first.sellers)
    assert sum(first.products[id] != last.products[id] for id in first.products) > 10


@pytest.mark.parametrize("target", ENGINES)
def test_every_sale_has_the_versions_of_its_time(market, target):
    joined = query(
        market.environment,
        target,
        """
        select
            count(*),
            sum(case when s.sold_at >= p.valid_from and s.sold_at < p.valid_to then 1 else 0 end),
            sum(case when s.sold_at >= v.valid_from and s.sold_at < v.valid_to then 1 else 0 end),
            count(distinct p.product_key) - count(distinct p.product_id)
        from marts.fact_sales as s
        left join marts.dim_product as p
            on s.product_key = p.product_key and s.product_id = p.product_id
        left join marts.dim_seller as v on s.seller_key = v.seller_key and v.is_own
        """,
    )
    ((sales, products, sellers, later_versions),) = joined
    assert sales == products == sellers == len(market.world.orders)
    assert later_versions > 0


def test_building_again_changes_nothing(market):
    build(market.environment, "product_snapshot", "seller_snapshot", *MARTS, tests=False)
    for target in ENGINES:
        assert contents(market.environment, target) == market.marts[target]


@pytest.mark.parametrize("target", ENGINES)
def test_the_questions_about_sales_are_answered(market, target):
    best, costs = (
        query(market.environment, target, (PROJECT / "analyses" / f"{name}.sql").read_text())
        for name in ("top_selling_sku_per_region", "unit_economics_per_sku_and_uf")
    )
    orders = [order for order in market.world.orders.values() if not order.cancelled]
    sold: Counter = Counter()
    for order in orders:
        if shipment := market.world.shipments.get(order.shipment_id):
            sold[PLACES[shipment.place][0], order.sku] += order.quantity
    assert {row[1] for row in best} == {1, 2, 3} and all(row[4] > 0 for row in best)
    assert costs and all(row[2] == sold[row[1], row[0]] for row in costs if row[1])


@pytest.mark.parametrize("target", ENGINES)
def test_the_calendar_is_pythons(market, target):
    found = query(
        market.environment,
        target,
        "select calendar_date, weekday_number, weekday_name, month_name, is_weekend"
        " from marts.dim_date order by calendar_date",
    )
    assert len(found) == (dt.date(2041, 1, 1) - dt.date(2000, 1, 1)).days
    for day, number, weekday, month, is_weekend in found:
        assert (number, is_weekend) == (day.isoweekday() % 7 + 1, day.isoweekday() > 5)
        assert (weekday, month) == (f"{day:%A}", f"{day:%B}")
