"""The marketplace's raw tables as dbt declares them, and what its staging models make of them."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from commands import dbt, query, variables
from jinja2 import Template

from ingestion.mercadolivre.load import Loader
from ingestion.mercadolivre.oauth import Accounts
from ingestion.mercadolivre.settings import Settings
from ingestion.mercadolivre.tables import TABLES, Words, columns
from simulators.mercadolivre import Faults, Server, World
from warehouse import open_warehouse
from warehouse.connection import PROJECT
from warehouse.secrets import Vault, new_key

FOLDER = PROJECT / "models" / "staging" / "mercadolivre"
REDIRECT = "https://app.example/back"
BRASILIA = ZoneInfo("America/Sao_Paulo")
OBSERVATIONS = {
    "stock_observations", "price_observations", "sale_price_observations",
    "product_observations", "offer_observations",
}  # fmt: skip
TYPES = {
    "text": "text",
    "bigint": "bigint",
    "bool": "boolean",
    "timestamp": "timestamp with time zone",
    "json": "json",
}


def declared_tables() -> list[dict]:
    (source,) = yaml.safe_load((FOLDER / "_mercadolivre__sources.yml").read_text())["sources"]
    return source["tables"]


def data_type(hint: dict) -> str:
    """A type of the loader's as the properties of sources name it."""
    if hint["data_type"] == "decimal":
        return f"decimal({hint['precision']}, {hint['scale']})"
    return TYPES[hint["data_type"]]


def test_declared_columns_are_those_of_the_loader():
    declared = {
        table["name"]: {column["name"]: column["data_type"] for column in table["columns"]}
        for table in declared_tables()
    }
    batch = {"_dlt_load_id": "text"}  # dlt's own, of which the prices are derived a batch at a time
    assert declared == {
        table.table: {name: data_type(hint) for name, hint in columns(table).items()}
        | (batch if table.table in OBSERVATIONS else {})
        for table in TABLES
    }


def test_all_declared_columns_are_described():
    for table in declared_tables():
        assert [c["name"] for c in table["columns"] if not c.get("description")] == []


def test_known_words_are_those_of_the_loader():
    """A model names the words of its table's column of the same name."""
    models = yaml.safe_load((FOLDER / "_mercadolivre__models.yml").read_text())["models"]
    tested = {
        (model["name"].removeprefix("stg_mercadolivre__"), column["name"]): set(
            test["known_words"]["arguments"]["words"]
        )
        for model in models
        for column in model["columns"]
        for test in column.get("data_tests", [])
        if "known_words" in test
    }
    tables = ("items", "orders", "order_payments", "shipments")
    assert set(tested) == {(table, "status") for table in tables}
    for table in TABLES:
        marks = table.model_fields["status"].metadata if "status" in table.model_fields else ()
        for words in (mark for mark in marks if isinstance(mark, Words)):
            assert tested.get((table.table, "status"), words.known) == words.known


@pytest.fixture(scope="module")
def world():
    world = World(sellers=2, items=24, products=8, orders_per_day=40, seed=5)
    for _ in range(4):
        world.tick()
    return world


def load(world: World, environment: dict[str, str], target: str) -> None:
    """All that the world's API tells."""
    watched = Path(environment["ARMAZEM_HOME"]) / "watched.csv"
    watched.write_text("\n".join(["product_id", *world.products]))
    calm = Faults(partial_user=0, late_order=0)
    with variables(**environment), Server(world, rate_per_hour=10**7, faults=calm) as server:
        state, vault, settings = open_warehouse("postgres"), Vault([new_key()]), Settings()
        settings.client_id, settings.client_secret = server.client_id, "secret"
        settings.api_url, settings.redirect_uri = server.url, REDIRECT
        settings.watchlist, settings.requests_per_hour = str(watched), 10**7
        for user in world.accounts:
            Accounts(state, settings, vault).add(server.authorize(user, REDIRECT), "")
        with Loader(open_warehouse(target), state, settings, vault) as loader:
            loader.load()


@pytest.fixture(scope="module", params=["postgres", "duckdb"])
def staged(request, world, make_environment):
    """A function that queries the staging models, in a session of a zone far away."""
    environment, target = make_environment(), request.param
    load(world, environment, target)
    selection = ("staging.mercadolivre", "watched_products")
    build = ("build", "--indirect-selection", "cautious", "--select", *selection)
    dbt(*build, target=target, environment=environment)
    zone = "set timezone = 'Asia/Tokyo';" if target == "duckdb" else ""

    def select(what: str) -> list[tuple]:
        with variables(PGTZ="Asia/Tokyo"):
            return query(environment, target, f"{zone} select {what}")

    return select


def instant(text: str | None) -> dt.datetime | None:
    """A time of the API's in UTC, without a zone."""
    return text and dt.datetime.fromisoformat(text).astimezone(dt.UTC).replace(tzinfo=None)


def money(value: float) -> Decimal:
    return Decimal(str(value))


def own_items(world: World) -> list[dict]:
    items = world.truth["items"].values()
    return [item for item in items if item["seller_id"] in world.accounts]


def test_times_are_utc_whatever_the_session(staged, world):
    found = staged(
        "order_id, created_at, closed_at, cancelled_at from staging.stg_mercadolivre__orders"
    )
    assert sorted(found, key=repr) == sorted(
        (
            (
                order["id"],
                instant(order["date_created"]),
                instant(order["date_closed"]),
                instant((order["cancel_detail"] or {}).get("date")),
            )
            for order in world.truth["orders"].values()
        ),
        key=repr,
    )


def test_days_are_those_of_brasilia(staged, world):
    macro = Template((PROJECT / "macros" / "local_date.sql").read_text()).module
    found = staged(
        f"{macro.local_date('created_at')}, count(*)"
        " from staging.stg_mercadolivre__orders group by 1"
    )
    times = [order["date_created"] for order in world.truth["orders"].values()]
    days = Counter(dt.datetime.fromisoformat(at).astimezone(BRASILIA).date() for at in times)
    assert dict(found) == days
    assert days != Counter(instant(at).date() for at in times)


def test_sums_of_sales_are_those_of_the_api(staged, world):
    orders = world.truth["orders"].values()
    lines = [line for order in orders for line in order["order_items"]]
    assert staged("count(*), sum(total_amount) from staging.stg_mercadolivre__orders") == [
        (len(orders), sum(money(order["total_amount"]) for order in orders))
    ]
    assert staged(
        "sum(quantity * unit_price_amount), sum(quantity * unit_sale_fee_amount)"
        " from staging.stg_mercadolivre__order_items"
    ) == [
        tuple(
            sum(line["quantity"] * money(line[name]) for line in lines)
            for name in ("unit_price", "sale_fee")
        )
    ]
    assert staged(
        "sum(transaction_amount), sum(refunded_amount)"
        " from staging.stg_mercadolivre__order_payments"
    ) == [
        tuple(
            sum(money(payment[name]) for order in orders for payment in order["payments"])
            for name in ("transaction_amount", "transaction_amount_refunded")
        )
    ]
    tags = Counter(tag for order in orders for tag in order["tags"])
    flags = {"is_catalog": "catalog", "is_delivered": "delivered"}
    flags["has_discount"] = "order_has_discount"
    assert staged(
        ", ".join(f"sum(case when {flag} then 1 else 0 end)" for flag in flags)
        + " from staging.stg_mercadolivre__orders"
    ) == [tuple(tags[tag] for tag in flags.values())]
    shipments = world.truth["shipments"].values()
    addresses = [s["destination"]["shipping_address"] for s in shipments]
    found = staged("state_id, count(*) from staging.stg_mercadolivre__shipments group by 1")
    assert dict(found) == Counter(address["state"]["id"] for address in addresses)


def test_listings_are_those_of_the_api(staged, world):
    found = staged(
        "item_id, price_amount, available_quantity, is_from_migration, is_deleted, sub_statuses,"
        " first_picture_id, picture_count from staging.stg_mercadolivre__items"
    )
    assert sorted(found) == sorted(
        (
            item["id"],
            None if item["price"] is None else money(item["price"]),
            item["available_quantity"],
            "variations_migration_uptin" in item["tags"],
            "deleted" in item["sub_status"],
            ", ".join(item["sub_status"]) or None,
            item["pictures"][0]["id"],
            len(item["pictures"]),
        )
        for item in own_items(world)
    )
    found = staged("variation_id, variation_name from staging.stg_mercadolivre__item_variations")
    assert dict(found) == {
        variation["id"]: variation["attribute_combinations"][0]["value_name"]
        for item in own_items(world)
        for variation in item["variations"]
    }
    units = staged("sum(available_quantity) from staging.stg_mercadolivre__stock_observations")
    assert units == [(sum(world.truth["stock"]["exact"].values()),)]


def test_the_market_is_that_of_the_api(staged, world):
    found = staged(
        "product_id, brand_name, gtin, child_count from staging.stg_mercadolivre__products"
    )
    products = world.truth["products"].values()
    attributes = {p["id"]: {a["id"]: a["value_name"] for a in p["attributes"]} for p in products}
    assert sorted(found) == sorted(
        (p["id"], attributes[p["id"]]["BRAND"], attributes[p["id"]]["GTIN"], len(p["children_ids"]))
        for p in products
    )
    found = staged(
        "product_id, item_id, price_amount, available_quantity_band"
        " from staging.stg_mercadolivre__offer_observations where source = 'offers'"
    )
    assert sorted(found) == sorted(
        (id, offer["item_id"], money(offer["price"]), offer["available_quantity"])
        for id, offers in world.truth["offers"].items()
        for offer in offers
    )
    found = staged(
        "category_id, parent_category_id, root_category_id, category_path"
        " from staging.stg_mercadolivre__categories"
    )
    assert found
    for id, parent, root, path in found:
        above = world.truth["categories"][id]["path_from_root"]
        ids = [category["id"] for category in above]
        assert (parent, root) == (ids[-2] if len(ids) > 1 else None, ids[0])
        assert path == " > ".join(category["name"] for category in above)
