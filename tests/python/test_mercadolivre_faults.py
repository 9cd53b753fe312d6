"""What fails, is refused or goes away while the simulated marketplace is loaded."""

import datetime as dt
from collections import Counter
from random import Random

import pytest
import sqlalchemy as sa
from marketplace import (
    ALWAYS,
    CURRENT,
    Expected,
    Market,
    assert_balanced,
    assert_equal,
    days,
    keyed,
    letters_of,
    small_world,
    sums,
)

from simulators.mercadolivre import Faults, resources
from warehouse import UserError
from warehouse.dead_letters import letters
from warehouse.ledger import entries

BROKEN = {"message": "Internal server error", "error": "internal_error", "status": 500}


def test_what_fails_for_good_is_set_aside_and_healed_by_the_next_load(market):
    world = days(small_world(6, sellers=1, items=10), 3)
    market = market(world, "duckdb", **ALWAYS)
    ill = {
        min(world.shipments),
        *[order.item_id for order in list(world.orders.values())[:2]],
        *list(world.products)[1:3],
    }

    def answer(path, query):
        ids = set(path.split("/")) | set(query.get("ids", "").split(","))
        return (500, BROKEN) if ids & set(map(str, ill)) else None

    market.intercept(answer)
    market.load()
    found = letters_of(market)
    assert {letter["http_status"] for letter in found.values()} == {500}
    assert {location.split(" ", 1)[1] for resource, location in found if resource == "shipments"}
    assert_balanced(market.warehouse)
    market.heal()
    market.load()
    assert letters_of(market) == {}
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected)


def test_a_broken_listing_of_things_heals(market):
    """The search for orders, or for items, fails as a whole."""
    world = days(small_world(7, sellers=1, items=12), 2)
    market = market(world, "postgres", **ALWAYS)
    market.intercept(lambda path, query: (500, BROKEN) if path.endswith("/search") else None)
    market.load()
    assert {resource for resource, _ in letters_of(market)} == {"items", "orders"}
    assert_balanced(market.warehouse)
    market.heal()
    market.load()
    assert letters_of(market) == {}
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected)


def test_elements_that_stay_broken_are_accounted_for(market):
    world = days(small_world(8), 3)
    market = market(world, "postgres", Faults(seed=8, malformed_element=0.65), **ALWAYS)
    market.load()
    found = letters_of(market)
    assert {resource for resource, _ in found} >= {"items", "orders"}
    assert_balanced(market.warehouse)
    mine = {id for user in world.accounts for id in world.items_by_seller[user]}
    dead = {location.split("ids=")[1].split("&")[0] for r, location in found if r == "items"}
    assert (
        len(mine - {row["id"] for row in market.rows("items")} - dead) == sums(market)["item_ids"]
    )
    orders = len(world.orders) - len(market.rows("orders"))
    assert orders == sum(x["occurrences"] for (r, _), x in found.items() if r == "orders")
    market.heal()
    market.load()
    assert letters_of(market) == {}
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected)
    assert_balanced(market.warehouse)


@pytest.mark.parametrize("which", [0, 1])
def test_the_others_load_when_one_account_is_revoked(market, which):
    world = days(small_world(9), 2)
    market = market(world, "postgres", **ALWAYS)
    lost = world.accounts[which]
    market.server.revoke(lost)
    with market.state.begin() as connection:  # the access token is known to be over, too
        connection.execute(sa.text("update ops.oauth_token set expires_at = obtained_at"))
    before = market.refreshes()
    result = market.load()
    assert market.refreshes() == before + len(world.accounts)  # one for each, no retry
    assert [line for line in result.problems.failed if "armazem auth mercadolivre" in line]
    expected = Expected(world, market.vault)
    expected.note()
    for table, column in (("items", "seller_id"), ("orders", "seller_id")):
        there = {row["id"] for row in market.rows(table)}
        wanted = {key[0] for key, r in expected.tables[table].items() if r[column] != lost}
        assert there == wanted
    everybody = {key[0] for key in expected.tables["users"]}
    assert {row["id"] for row in market.rows("users")} >= everybody - {lost}
    assert_equal(market.warehouse, expected, "products", "offer_observations", "categories")


def test_a_walk_that_is_cut_short_is_walked_again(market):
    """Of what changed, the first page is read and the second fails: nothing is forgotten."""
    world = days(small_world(10, sellers=1, items=230), 1)
    market = market(world, "postgres")
    market.load(only=["items"])
    world.tick()
    for item in world.items.values():
        world._price(item, item.price + 100, world.now - dt.timedelta(hours=1))
    world._truth = None

    def answer(path, query):
        is_second = query.get("orders") == "last_updated_desc" and query.get("offset") == "100"
        return (500, BROKEN) if is_second else None

    market.intercept(answer)
    market.load(only=["items"])
    market.heal()
    market.load(only=["items"])
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, "items")


# What is closed to the app

GROUPS = {
    "applications": set(),
    "categories": {"categories"},
    "items": {"items"},
    "offers": {"offers"},
    "orders": {"orders"},
    "price_to_win": {"prices_to_win"},
    "prices": {"prices", "sale_prices"},
    "products": {"products"},
    "shipments": {"shipments", "shipment_costs"},
    "user_products": {"user_products", "user_product_stock"},
    "users": {"accounts", "users"},
    "visits": {"visits"},
}


def forget_capabilities(market: Market, age: str = "2 days") -> None:
    """As if days had passed since they were found out."""
    with market.state.begin() as connection:
        connection.execute(
            sa.text(f"update ops.api_capability set checked_at = checked_at - interval '{age}'")
        )


def refused_requests(market: Market, since: int) -> Counter[str]:
    return Counter(r.path for r in market.server.requests[since:] if r.status == 403)


CLOSED_TOGETHER = (
    ("applications", "categories", "offers", "price_to_win", "shipments"),
    ("prices", "products", "user_products", "users", "visits"),
    ("items",),
    ("orders",),
)


def test_what_is_closed_is_left_out_and_the_rest_loads(market):
    world = days(small_world(12, sellers=1, items=12, products=5, orders_per_day=6), 3)
    market = market(world, "postgres", **ALWAYS)
    market.load()
    market.load()
    complete = sums(market, "loaded_rows")
    for groups in CLOSED_TOGETHER:
        names = set().union(*(GROUPS[group] for group in groups))
        market.server.capabilities |= dict.fromkeys(groups, False)
        with market.state.begin() as connection:
            connection.execute(sa.text("truncate ops.api_capability"))
        start = len(market.server.requests)
        result = market.load()
        assert {line.split(" of ")[0] for line in result.problems.skipped} == names, groups
        assert all("403" in line for line in result.problems.skipped)
        ledger = {
            entry["resource"]
            for entry in entries(market.warehouse, "mercadolivre")
            if entry["load_id"] == result.load_id and "403" in (entry["truncated_reason"] or "")
        }
        assert ledger == names, groups
        with market.state.begin() as connection:
            closed = connection.scalars(
                sa.text("select endpoint from ops.api_capability where not is_allowed")
            ).all()
        assert len(closed) >= len(groups)
        # found out once or twice, never tried again
        assert max(refused_requests(market, start).values()) <= 2, groups
        loaded = sums(market, "loaded_rows")
        for name in complete.keys() - names - {"item_ids", "drift"}:
            assert loaded[name] == complete[name], (groups, name)
        market.server.capabilities |= dict.fromkeys(groups, True)
    with market.state.begin() as connection:
        connection.execute(sa.text("truncate ops.api_capability"))
    assert market.load().problems.skipped == []
    assert sums(market, "loaded_rows") == complete
    assert letters_of(market) == {}
    assert_balanced(market.warehouse)


def test_without_offers_the_winner_is_known(market):
    world = days(small_world(13, sellers=1, items=10), 1)
    market = market(world, "postgres", capabilities={"offers": False}, **ALWAYS)
    market.load()
    winners = {id: offers[0]["item_id"] for id, offers in world.truth["offers"].items() if offers}
    found = market.rows("offer_observations")
    assert {row["product_id"]: row["item_id"] for row in found} == winners
    assert {row["source"] for row in found} == {"product"}
    market.server.capabilities["offers"] = True
    forget_capabilities(market)
    days(world, 1)
    market.load()
    expected = Expected(world, market.vault)
    expected.note()
    newest = {row["observed_at"]: 0 for row in market.rows("offer_observations")}
    there = [r for r in market.rows("offer_observations") if r["observed_at"] == max(newest)]
    assert keyed("offer_observations", there).keys() == expected.tables["offer_observations"].keys()


def test_what_closes_in_between_is_not_asked_for_ever(market):
    """Closed after it was found open: a few refusals are enough, and no load repeats them."""
    world = days(small_world(14, sellers=1, items=10, orders_per_day=60), 2)
    market = market(world, "postgres", **ALWAYS)
    market.load(only=["items"])
    market.server.capabilities["shipments"] = False
    start = len(market.server.requests)
    result = market.load()
    assert any("shipments" in line for line in result.problems.skipped)
    asked = refused_requests(market, start)
    assert len(asked) <= 50 and set(asked.values()) == {1}
    start = len(market.server.requests)
    market.load()
    assert not refused_requests(market, start)
    assert_balanced(market.warehouse)
    market.server.capabilities["shipments"] = True
    forget_capabilities(market)
    market.load()
    assert len(market.rows("shipments")) == len(world.shipments)
    assert letters_of(market) == {}


def test_what_opens_again_is_asked_again(market):
    """Even what the search for capabilities cannot look at: here there is no account."""
    world = small_world(34, sellers=1, items=6, products=6)
    market = market(world, "duckdb", capabilities={"users": False}, sign_in=False, **ALWAYS)
    market.load()
    assert len(market.rows("products")) == len(world.products)
    sellers = {row["seller_id"] for row in market.rows("offer_observations")}
    assert sellers and not market.rows("users")
    market.server.capabilities["users"] = True
    forget_capabilities(market)
    market.load()
    assert {row["id"] for row in market.rows("users")} == sellers


def test_a_replay_heals_what_is_well_again(market):
    world = days(small_world(25), 2)
    market = market(world, "postgres", **ALWAYS)
    ill = sorted(world.shipments)[:2]

    def answer(path, query):
        number = path.split("/")[2] if path.startswith("/shipments/") else ""
        return (500, BROKEN) if number in map(str, ill) else None

    market.intercept(answer)
    market.load()
    found = letters(market.warehouse, source="mercadolivre")
    assert {letter["resource"] for letter in found} == {"shipments"} and len(found) == 2
    with market.loader() as loader:
        assert loader.replay(found) == (0, 2)
    assert {letter["attempts"] for letter in letters(market.warehouse)} == {2}
    market.heal()
    with market.loader() as loader:
        assert loader.replay(found) == (2, 0)
    assert {x["status"] for x in letters(market.warehouse, status=None)} == {"replayed"}
    assert {row["id"] for row in market.rows("shipments")} == set(world.shipments)


ODD = (None, [], "text", 7, {}, {"paging": None, "results": None}, {"results": [[]]})


def test_answers_of_any_shape_do_no_harm(market):
    world = days(small_world(26, sellers=1, items=6, products=3, orders_per_day=4), 2)
    market = market(world, "postgres", **ALWAYS)
    market.load()
    seeded = Random(26)
    for body in ODD:
        market.intercept(
            lambda path, query, body=body: (200, body) if seeded.random() < 0.5 else None
        )
        market.load()
        market.heal()
        assert_balanced(market.warehouse)
    market.load()
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, *CURRENT)
    assert letters_of(market) == {}


def test_what_was_fetched_before_the_host_was_gone_is_kept(market):
    world = days(small_world(28, sellers=1, items=12), 2)
    market = market(world, "duckdb", **ALWAYS)

    def answer(path, query):
        if path.startswith("/shipments"):
            raise ConnectionError

    market.intercept(answer)
    with pytest.raises(
        UserError, match="cannot reach .* what was fetched so far is kept"
    ) as caught:
        market.load()
    assert "\n" not in str(caught.value)
    assert len(market.rows("orders")) == len(world.orders)
    assert sums(market, "loaded_rows")["orders"] == len(world.orders)
    assert_balanced(market.warehouse)
    market.heal()
    market.load()
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected)


def test_a_load_of_one_account_takes_nothing_from_the_others(market):
    world = days(small_world(29, items=9, products=30), 1)
    market = market(world, "postgres", **ALWAYS)
    market.load()
    market.load(accounts=world.accounts[:1])
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, "users")


def test_a_later_beginning_leaves_no_gap(market):
    world = days(small_world(30, items=9, products=3), 2)
    market = market(world, "postgres")
    market.load(only=["orders"])
    days(world, 4)
    market.load(only=["orders"], since=world.now - dt.timedelta(days=1))
    market.load(only=["orders"])
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, "orders")


def test_what_there_is_nothing_of_is_not_asked_for_ever(market):
    world = days(small_world(31, items=9, products=3), 4)
    market = market(world, "postgres")
    nothing = {"gross_amount": 0, "receiver": {}, "senders": []}

    def answer(path, query):
        return (200, nothing) if path.endswith("/costs") else None

    market.intercept(answer)
    market.load()
    start = len(market.server.requests)
    market.load()
    # the few that the search for capabilities looks at aside
    assert len(market.asked(start, "/costs")) <= len(world.accounts)


def test_what_a_thing_no_longer_has_goes(market):
    """A listing loses its variations."""
    world = small_world(32, sellers=1, items=12, products=3)
    market = market(world, "duckdb", **ALWAYS)
    market.load(only=["items"])
    assert market.rows("item_variations")
    for item in world.items.values():
        if item.family_name is None:
            item.family_name = item.title
            del item.variations[1:]
            item.variations[0].id = None
    world._truth = None
    days(world, 1)
    market.load(only=["items"])
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, "items", "item_variations")


def test_a_winner_that_cannot_be_read_is_not_nobody(market):
    world = days(small_world(33, sellers=1, items=12, products=6), 1)
    market = market(world, "postgres", capabilities={"offers": False}, **ALWAYS)
    sold = [id for id, offers in world.truth["offers"].items() if offers]

    def answer(path, query):
        id = path.removeprefix("/products/")
        if id not in sold:
            return None
        product = resources.product(world, world.products[id])
        return 200, product | {"buy_box_winner": product["buy_box_winner"] | {"price": "n/a"}}

    market.intercept(answer)
    market.load()
    assert {path.rpartition("/")[2] for _, path in letters_of(market)} >= set(sold)
    assert not {row["product_id"] for row in market.rows("product_observations")} & set(sold)
    market.heal()
    market.load()
    assert letters_of(market) == {}
    assert {row["product_id"] for row in market.rows("offer_observations")} == set(sold)


def test_a_partial_answer_is_asked_for_again(market):
    world = small_world(35, sellers=1, items=6, products=6)
    market = market(world, "postgres", **ALWAYS)
    asked = Counter()

    def answer(path, query):
        asked[path] += 1
        id = path.removeprefix("/users/")
        if not id.isdigit() or asked[path] > 1:
            return None
        user = dict(resources.user(world, world.sellers[int(id)], False))
        del user["seller_reputation"]
        return 206, user

    market.load(only=["items"])  # finds out what may be asked
    market.intercept(answer)
    market.load()
    assert len(market.rows("users")) > 1
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, "users")
    assert not any(row["is_partial"] for row in market.rows("users"))


def test_a_listing_that_fails_hides_no_others(market):
    world = small_world(36, sellers=1, items=230)
    market = market(world, "postgres")
    market.load(only=["items"])
    days(world, 1)
    for item in world.items.values():
        world._price(item, item.price + 100, world.now - dt.timedelta(hours=5))
    world._truth = None
    ill = world.items_by_seller[world.accounts[0]][0]
    market.intercept(lambda path, query: (500, BROKEN) if ill in query.get("ids", "") else None)
    market.load(only=["items"])
    assert letters_of(market)
    market.heal()
    market.load(only=["items"])
    assert letters_of(market) == {}
    expected = Expected(world, market.vault)
    expected.note()
    assert_equal(market.warehouse, expected, "items")
