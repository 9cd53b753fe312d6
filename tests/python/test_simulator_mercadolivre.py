"""The simulated API against what is documented of the real one, and against its own truth."""

import datetime as dt
import http.client
import json
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.mercadolivre import Faults, Server, World
from simulators.mercadolivre.oauth import s256
from simulators.mercadolivre.resources import BANDS, band

REDIRECT = "https://app.example/back"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
CALM = Faults(partial_user=0, late_order=0)


class Clock:
    def __init__(self):
        self.now = 1_780_000_000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """One connection and one access token."""

    def __init__(self, server: Server, token: str | None = None):
        self.server = server
        self.token = token
        self.headers = {}
        self.connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)

    def call(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            payload = response.read()
        except (http.client.HTTPException, ConnectionError):
            self.connection.close()
            raise
        self.headers = dict(response.getheaders())
        return response.status, json.loads(payload)

    def get(self, path, headers=None, **query):
        query = {name.replace("__", "."): value for name, value in query.items()}
        return self.call("GET", path + ("?" + urlencode(query) if query else ""), None, headers)

    def ok(self, path, headers=None, **query):
        status, body = self.get(path, headers, **query)
        assert status == 200, (path, query, status, body)
        return body

    def post(self, **form):
        form = {"client_id": "app", "client_secret": "hush"} | form
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.call("POST", "/oauth/token", urlencode(form), kind)

    def sign_in(self, user_id):
        code = self.server.authorize(user_id, REDIRECT, s256(VERIFIER))
        status, pair = self.exchange(code)
        assert status == 200
        self.token = pair["access_token"]
        return pair

    def exchange(self, code, **form):
        form = {"redirect_uri": REDIRECT, "code_verifier": VERIFIER} | form
        return self.post(grant_type="authorization_code", code=code, **form)

    def refresh(self, token):
        return self.post(grant_type="refresh_token", refresh_token=token)


def serve(world, faults=CALM, **settings):
    return Server(world, client_id="app", client_secret="hush", faults=faults, **settings)


def lived(days, **size):
    world = World(**size)
    for _ in range(days):
        world.tick()
    return world


@pytest.fixture(scope="module")
def world():
    return lived(45)


@pytest.fixture(scope="module")
def shared(world):
    with serve(world, rate_per_hour=1_000_000) as server:
        yield server


@pytest.fixture(scope="module")
def owner(shared, world):
    client = Client(shared)
    client.sign_in(world.accounts[0])
    return client


def own_orders(world):
    return {
        id: order
        for id, order in world.truth["orders"].items()
        if order["seller"]["id"] == world.accounts[0]
    }


def own_items(world):
    return [i for i in world.truth["items"].values() if i["seller_id"] == world.accounts[0]]


def foreign_item(world):
    return next(i for i in world.truth["items"].values() if i["seller_id"] not in world.accounts)


# The world


def test_the_same_arguments_give_the_same_world():
    first, second = (json.dumps(lived(12, seed=5).truth) for _ in range(2))
    assert first == second
    assert first != json.dumps(lived(12, seed=6).truth)


def test_the_truth_moves_on_and_spares_what_was_given():
    world = lived(3)
    before = json.dumps(truth := world.truth)
    world.tick()
    assert json.dumps(truth) == before != json.dumps(world.truth)


@pytest.mark.parametrize("size", [{"sellers": 0}, {"products": 0}, {"items": -1}, {"growth": -1}])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(ValueError, match="needs a seller"):
        World(**size)


@pytest.mark.parametrize("growth", [0.0, 0.05])
def test_listings_are_added_at_the_rate_that_is_asked_for(growth):
    world = World(sellers=2, items=200, products=50, orders_per_day=0, growth=growth)
    on_sale = sum(item.status == "active" for item in world.items.values())
    world.tick()
    opened = sum(event["kind"] == "item_listed" for event in world.events)
    assert opened == pytest.approx(on_sale * growth, abs=1)


@pytest.mark.parametrize(
    "size",
    [
        {"sellers": 1, "items": 0, "products": 1, "orders_per_day": 5},
        {"sellers": 1, "items": 1, "products": 1, "orders_per_day": 30},
        {"sellers": 5, "items": 3, "products": 2, "orders_per_day": 0},
    ],
)
def test_tiny_worlds_live(size):
    world = lived(20, **size)
    assert bool(world.truth["orders"]) == bool(size["items"] and size["orders_per_day"])


def test_every_kind_of_event_happens(world):
    assert {event["kind"] for event in world.truth["events"]} == {
        "order_created", "order_paid", "order_shipped", "order_delivered", "order_not_delivered",
        "order_cancelled", "order_refunded", "price_changed", "discount_changed", "stock_changed",
        "item_paused", "item_activated", "item_closed", "item_listed", "item_recategorised",
        "item_migrated", "seller_renamed", "reputation_changed",
    }  # fmt: skip


def test_old_orders_are_updated_late(world):
    at = dt.datetime.fromisoformat
    late = [
        o
        for o in world.truth["orders"].values()
        if at(o["last_updated"]) - at(o["date_created"]) > dt.timedelta(days=10)
    ]
    assert late
    assert all(at(o["last_updated"]) < world.now for o in world.truth["orders"].values())


def test_orders_are_kept_for_a_year():
    world = lived(380, items=5, products=1, orders_per_day=1)
    oldest = min(o["date_created"] for o in world.truth["orders"].values())
    assert dt.datetime.fromisoformat(oldest) >= world.now - dt.timedelta(days=365)
    assert {o["shipping"]["id"] for o in world.truth["orders"].values()} - {None} == set(
        world.truth["shipments"]
    )


def test_what_runs_out_pauses_and_stock_is_never_negative(world):
    for item in world.truth["items"].values():
        assert item["available_quantity"] >= 0
        if item["available_quantity"] == 0 and item["status"] != "closed":
            assert item["status"] == "paused"
        if item["sub_status"] == ["out_of_stock"]:
            assert item["available_quantity"] == 0


def test_money_adds_up(world):
    for order in world.truth["orders"].values():
        (line,), (payment,) = order["order_items"], order["payments"]
        assert order["total_amount"] == pytest.approx(line["unit_price"] * line["quantity"])
        assert payment["marketplace_fee"] == pytest.approx(line["sale_fee"] * line["quantity"])
        assert 0 <= payment["transaction_amount_refunded"] <= payment["transaction_amount"]
        assert (order["status"] == "cancelled") == (order["cancel_detail"] is not None)


def test_orders_have_the_price_and_the_listing_of_their_moment(world):
    """Replays the events: what was sold was for sale, at the price of then."""
    items = world.truth["items"]
    histories = defaultdict(list)
    for event in world.truth["events"]:
        histories[event["id"]].append(event)
    compared = 0
    for order in world.truth["orders"].values():
        (line,) = order["order_items"]
        item, at = items[line["item"]["id"]], order["date_created"]
        assert dt.datetime.fromisoformat(item["date_created"]) <= dt.datetime.fromisoformat(at)
        history = histories[item["id"]]
        moves = [event for event in history if event["kind"] == "price_changed"]
        past = [event["after"] for event in moves if event["at"] <= at]
        if moves:
            price = past[-1] if past else moves[0]["before"]
            assert line["full_unit_price"] == price / 100
            compared += 1
        ends = [e["at"] for e in history if e["kind"] in ("item_closed", "item_migrated")]
        assert not ends or at <= ends[0]
    assert compared > 100


def test_events_lead_to_the_truth(world):
    shown = {
        "item_paused": ("items", "status"),
        "item_activated": ("items", "status"),
        "item_closed": ("items", "status"),
        "item_recategorised": ("items", "category_id"),
        "seller_renamed": ("users", "nickname"),
    }
    last = {}
    for event in world.truth["events"]:
        if event["kind"] in shown:
            where, name = shown[event["kind"]]
            assert last.get((where, event["id"], name), event["before"]) == event["before"]
            last[where, event["id"], name] = event["after"]
        elif event["kind"] == "item_migrated":
            last["items", event["id"], "status"] = "closed"
    assert last
    for (where, id, name), value in last.items():
        assert world.truth[where][id][name] == value
    times = [event["at"] for event in world.truth["events"]]
    assert times == sorted(times)


def test_migration_keeps_old_orders_on_the_old_listing(world, owner):
    moves = [e for e in world.truth["events"] if e["kind"] == "item_migrated"]
    items = world.truth["items"]
    kept = 0
    for move in moves:
        old, heirs = items[move["before"]], [items[id] for id in move["after"]]
        assert old["status"] == "closed"
        assert old["family_name"] is None
        parts = {v["user_product_id"] for v in old["variations"]}
        assert {heir["user_product_id"] for heir in heirs} == parts
        assert len({heir["family_id"] for heir in heirs}) == 1
        for heir in heirs:
            assert heir["family_name"]
            assert not heir["variations"]
            assert "variations_migration_uptin" in heir["tags"]
        for order in world.truth["orders"].values():
            (line,) = order["order_items"]
            if line["item"]["user_product_id"] in parts:
                newer = order["date_created"] > move["at"]
                assert (line["item"]["id"] in move["after"]) == newer
                kept += not newer
    assert kept


def test_identifiers_exceed_32_bits(world):
    truth = world.truth
    assert any(id > 2**31 for id in truth["users"])
    assert all(id > 2**31 for id in [*truth["orders"], *truth["shipments"]])


def test_people_are_impossible(world):
    for order in world.truth["orders"].values():
        buyer = order["buyer"]
        digits = [int(d) for d in buyer["billing_info"]["doc_number"]]
        weights = range(10, 1, -1)
        right = sum(d * w for d, w in zip(digits, weights, strict=False)) * 10 % 11 % 10
        assert len(digits) == 11
        assert digits[9] != right
        assert buyer["phone"]["area_code"] == "00"
        assert buyer["email"].endswith(".example")


# Tokens


def test_authorization_code_with_pkce(world):
    with serve(world) as server:
        client, account = Client(server), world.accounts[1]
        code = server.authorize(account, REDIRECT, s256(VERIFIER))
        status, body = client.exchange(code, code_verifier="")
        assert (status, body["error"]) == (400, "invalid_request")
        status, pair = client.exchange(code)
        assert status == 200
        assert pair.keys() == {
            "access_token", "token_type", "expires_in", "scope", "user_id", "refresh_token",
        }  # fmt: skip
        assert pair["user_id"] == account
        assert client.exchange(code)[1]["error"] == "invalid_grant"
        for wrong in ({"code_verifier": "other"}, {"redirect_uri": REDIRECT + "/"}):
            code = server.authorize(account, REDIRECT, s256(VERIFIER))
            assert client.exchange(code, **wrong)[1]["error"] == "invalid_grant"
            assert client.exchange(code)[1]["error"] == "invalid_grant"
        code = server.authorize(account, REDIRECT)
        assert client.exchange(code, code_verifier="")[0] == 200
        with pytest.raises(ValueError, match="https"):
            server.authorize(account, "http://localhost", None)
        with pytest.raises(ValueError, match="is not one of"):
            server.authorize(1, REDIRECT, None)


def test_the_browser_is_sent_back_with_a_code(shared, world):
    query = {
        "response_type": "code", "client_id": "app", "redirect_uri": REDIRECT, "state": "x",
        "code_challenge": s256(VERIFIER), "code_challenge_method": "S256",
        "user_id": world.accounts[1],
    }  # fmt: skip
    client = Client(shared)
    assert client.get("/authorization", **query)[0] == 302
    back = dict(part.split("=") for part in urlsplit(client.headers["Location"]).query.split("&"))
    assert back["state"] == "x"
    assert client.exchange(back["code"])[1]["user_id"] == world.accounts[1]
    assert client.get("/authorization", **query | {"redirect_uri": "http://a"})[0] == 400


def test_codes_and_tokens_expire(world):
    clock = Clock()
    with serve(world, clock=clock, expires_in=10_800) as server:
        client = Client(server)
        code = server.authorize(world.accounts[0], REDIRECT, s256(VERIFIER))
        clock.now += 601
        assert client.exchange(code)[1]["error"] == "invalid_grant"
        pair = client.sign_in(world.accounts[0])
        assert pair["expires_in"] == 10_800
        clock.now += 10_799
        assert client.get("/users/me")[0] == 200
        clock.now += 2
        assert client.get("/users/me")[1]["message"] == "invalid access token"
        assert client.get("/orders/search")[1]["message"] == "invalid_token"
        assert client.get("/orders/search")[0] == 401
        clock.now += 183 * 86_400
        assert client.refresh(pair["refresh_token"])[1]["error"] == "invalid_grant"


def test_refresh_tokens_work_once(world):
    with serve(world) as server:
        client = Client(server)
        first = client.sign_in(world.accounts[0])
        status, second = client.refresh(first["refresh_token"])
        assert status == 200
        assert second["refresh_token"] != first["refresh_token"]
        assert client.refresh(first["refresh_token"]) == (
            400,
            {
                "error_description": "Error validating grant. Your authorization code or refresh"
                " token may be expired or it was already used",
                "error": "invalid_grant",
                "status": 400,
                "cause": [],
            },
        )
        # an old token does no harm to the newest
        assert client.refresh(second["refresh_token"])[0] == 200


def test_of_racing_refreshes_exactly_one_wins(world):
    with serve(world) as server:
        token = Client(server).sign_in(world.accounts[0])["refresh_token"]
        for _ in range(10):
            gate = threading.Barrier(2)

            def race(token=token, gate=gate):
                client = Client(server)
                gate.wait()
                return client.refresh(token)

            with ThreadPoolExecutor(2) as pool:
                futures = [pool.submit(race) for _ in range(2)]
                answers = [future.result() for future in futures]
            assert sorted(status for status, _ in answers) == [200, 400]
            token = next(body["refresh_token"] for status, body in answers if status == 200)


def test_a_revoked_account_is_out_and_the_others_are_not(world):
    with serve(world) as server:
        one, two = Client(server), Client(server)
        pair = one.sign_in(world.accounts[0])
        two.sign_in(world.accounts[1])
        server.revoke(world.accounts[0])
        assert one.get("/users/me")[0] == 401
        assert two.get("/users/me")[0] == 200
        assert one.refresh(pair["refresh_token"])[1]["error"] == "invalid_grant"


def test_token_errors(shared, world):
    client = Client(shared)
    assert client.post()[1]["error"] == "invalid_request"
    assert client.post(grant_type="password")[1]["error"] == "unsupported_grant_type"
    for wrong in ({"client_secret": "x"}, {"client_id": "x"}):
        status, body = client.post(grant_type="client_credentials", **wrong)
        assert (status, body["error"]) == (400, "invalid_client")
    form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "hush"}
    body = json.dumps(form)
    answer = client.call("POST", "/oauth/token", body, {"Content-Type": "application/json"})
    assert answer[1]["error"] == "invalid_request"
    answer = client.call("POST", "/oauth/token?" + urlencode(form), "")
    assert answer[0] == 400


def test_an_apps_own_token_reads_the_catalogue_only(shared, world):
    client = Client(shared)
    pair = client.post(grant_type="client_credentials")[1]
    assert "refresh_token" not in pair
    client.token = pair["access_token"]
    product = next(iter(world.truth["products"]))
    assert client.ok(f"/products/{product}")["id"] == product
    assert client.get("/orders/search", seller=world.accounts[0])[0] == 403
    assert client.get(f"/items/{own_items(world)[0]['id']}")[0] == 403


def test_the_token_belongs_into_the_header(shared, owner):
    client = Client(shared)
    assert client.get("/users/me", access_token=owner.token)[0] == 401
    assert client.get("/users/me", {"Authorization": f"Basic {owner.token}"})[0] == 401


def test_the_simulator_is_read_only(owner):
    assert owner.call("PUT", "/items/MLB1", "{}")[0] == 405


# Who may read what


def test_own_and_public_users(owner, world):
    me, other = world.accounts[0], world.accounts[1]
    private = {"identification", "phone", "email"}
    assert owner.ok("/users/me") == world.truth["users"][me]
    assert private <= owner.ok(f"/users/{me}").keys()
    assert not private & owner.ok(f"/users/{other}").keys()
    assert owner.ok("/users", ids=f"{me},1")[1]["code"] == 404
    assert owner.get("/users/1")[0] == 404


def test_other_peoples_resources_are_forbidden(owner, world):
    denied = {
        "status": 403,
        "error": "access_denied",
        "message": "access to the requested resource is forbidden",
        "code": "FORBIDDEN",
    }
    other = next(i for i in world.truth["items"].values() if i["seller_id"] == world.accounts[1])
    for item in (foreign_item(world), other):
        assert owner.get(f"/items/{item['id']}") == (403, denied)
        for path in ("prices", "sale_price"):
            assert owner.get(f"/items/{item['id']}/{path}") == (403, denied)
    thing = foreign_item(world)["user_product_id"]
    assert owner.get(f"/user-products/{thing}") == (403, denied)
    assert owner.get(f"/user-products/{thing}/stock") == (403, denied)
    order = next(
        o for o in world.truth["orders"].values() if o["seller"]["id"] == world.accounts[1]
    )
    assert owner.get(f"/orders/{order['id']}")[0] == 403
    assert owner.get(f"/orders/{own_orders(world).popitem()[0]}")[0] == 200
    assert owner.get("/orders/search", seller=world.accounts[1])[0] == 403
    assert owner.get(f"/users/{world.accounts[1]}/items/search")[0] == 403
    status, body = owner.get("/sites/MLB/search", q="x")
    assert (status, body) == (
        403,
        {"message": "forbidden", "error": "forbidden", "status": 403, "cause": []},
    )
    # no refresh cures this one
    status, body = owner.get(f"/items/{foreign_item(world)['id']}/price_to_win")
    assert (status, body["message"]) == (401, "Caller is not the item's owner")


def test_capabilities_can_be_taken_and_given(world):
    product = next(id for id, offers in world.truth["offers"].items() if len(offers) > 1)
    with serve(world, capabilities={"offers": False}) as server:
        client = Client(server)
        client.sign_in(world.accounts[0])
        status, body = client.get(f"/products/{product}/items")
        assert (status, body["blocked_by"]) == (403, "PolicyAgent")
        winner = client.ok(f"/products/{product}")["buy_box_winner"]
        assert winner["item_id"] == world.truth["offers"][product][0]["item_id"]
        server.capabilities["offers"] = True
        assert client.ok(f"/products/{product}/items")["paging"]["total"] > 1
        server.capabilities["orders"] = False
        assert client.get("/orders/1") == (
            403,
            {"status": 403, "error": "Invalid scopes", "code": "FORBIDDEN"},
        )
        item = foreign_item(world)
        server.capabilities["third_party_items"] = True
        assert client.ok(f"/items/{item['id']}", include_attributes="all")["id"] == item["id"]
        assert client.ok(f"/items/{item['id']}/sale_price")["metadata"] == {}
    with pytest.raises(ValueError, match="no such capabilities"):
        serve(world, capabilities={"orderz": True})


# Listings


def test_ceilings_of_item_search():
    world = World(sellers=1, items=1_250, products=1, orders_per_day=0)
    with serve(world) as server:
        client = Client(server)
        client.sign_in(world.accounts[0])
        path = f"/users/{world.accounts[0]}/items/search"
        seen = client.ok(path, offset=1_000, limit=100)
        assert seen["paging"] == {"limit": 100, "offset": 1_000, "total": 1_250}
        assert len(seen["results"]) == 100
        for query in ({"offset": 1_001}, {"offset": 1_100}, {"limit": 101}, {"offset": -1}):
            status, body = client.get(path, **query)
            assert (status, body["message"]) == (400, "Invalid limit and offset values")
        assert client.get(path, limit="x")[0] == 400


def test_a_scan_gives_every_listing_once_and_ends():
    clock, world = Clock(), World(sellers=1, items=1_234, products=1, orders_per_day=0)
    with serve(world, clock=clock) as server:
        client = Client(server)
        client.sign_in(world.accounts[0])
        path = f"/users/{world.accounts[0]}/items/search"
        page = client.ok(path, search_type="scan", limit=100)
        ids, scrolls = list(page["results"]), [page["scroll_id"]]
        for wrong in ({"offset": 100}, {"scroll_id": "x"}):
            assert client.get(path, search_type="scan", **wrong)[0] == 400
        while page["results"]:
            clock.now += 299
            page = client.ok(path, search_type="scan", scroll_id=scrolls[-1])
            ids += page["results"]
            scrolls.append(page["scroll_id"])
        assert scrolls[-1] is None
        assert len(set(scrolls)) == len(scrolls)
        assert len(ids) == len(set(ids)) == page["paging"]["total"] == 1_234
        assert set(ids) == {i["id"] for i in own_items(world)}
        # an old scroll is gone, and so is one of five minutes ago
        assert client.get(path, search_type="scan", scroll_id=scrolls[0])[0] == 400
        scroll = client.ok(path, search_type="scan")["scroll_id"]
        clock.now += 301
        assert client.get(path, search_type="scan", scroll_id=scroll)[0] == 400


def test_item_search_selects_and_sorts(owner, world):
    path, items = "/users/me/items/search", own_items(world)

    def ids(**query):
        found, page = [], {"results": [1]}
        while page["results"]:
            page = owner.ok(path, limit=100, offset=len(found), **query)
            found += page["results"]
        return found

    assert set(ids()) == {i["id"] for i in items}
    assert set(ids(status="closed")) == {i["id"] for i in items if i["status"] == "closed"}
    up = ids(orders="last_updated_asc")
    times = [world.truth["items"][id]["last_updated"] for id in up]
    assert times == sorted(times)
    assert owner.get(path, orders="by_magic")[0] == 400
    new = next(i for i in items if i["family_name"])
    assert new["id"] in ids(user_product_id=new["user_product_id"])
    assert new["id"] in ids(seller_sku=new["seller_custom_field"])
    filters = owner.ok(path, include_filters="true")["available_filters"][0]["values"]
    assert sum(value["results"] for value in filters) == len(items)


def test_multiget_takes_twenty_and_fails_by_element(owner, world):
    mine = [i["id"] for i in own_items(world)][:20]
    body = owner.ok("/items", ids=",".join(mine), include_attributes="all")
    assert body == [{"code": 200, "body": world.truth["items"][id]} for id in mine]
    status, body = owner.get("/items", ids=",".join([*mine, "MLB1"]))
    assert status == 400
    message = "only allows 20 elements. You exceeded this value by sending 21 elements"
    assert message in body["message"]
    ids = [mine[0], "MLB1", foreign_item(world)["id"]]
    body = owner.ok("/items", ids=",".join(ids), attributes="id,status")
    assert [element["code"] for element in body] == [200, 404, 403]
    assert body[0]["body"].keys() == {"id", "status"}
    assert owner.get("/items")[0] == 400


def test_skus_of_variations_need_include_attributes(owner, world):
    old = next(i for i in own_items(world) if i["variations"])
    shown = owner.ok(f"/items/{old['id']}")["variations"][0]
    assert shown["seller_custom_field"] is None
    assert "attributes" not in shown
    shown = owner.ok(f"/items/{old['id']}", include_attributes="all")
    assert shown == world.truth["items"][old["id"]]
    assert shown["variations"][0]["seller_custom_field"]


def test_prices_have_contexts(owner, world):
    by_kind = Counter()
    for item in own_items(world):
        body = owner.ok(f"/items/{item['id']}/prices")
        assert body == world.truth["prices"][item["id"]]
        standard = body["prices"][0]["amount"]
        plain = owner.ok(f"/items/{item['id']}/sale_price", context="channel_marketplace")
        loyal = owner.ok(
            f"/items/{item['id']}/sale_price", context="channel_marketplace,buyer_loyalty_3"
        )
        assert loyal["amount"] <= plain["amount"] <= standard
        assert bool(plain["metadata"]) == (plain["amount"] < standard)
        by_kind["loyal"] += loyal["amount"] < plain["amount"]
        by_kind["discount"] += plain["regular_amount"] is not None
        for price in body["prices"]:
            if least := price["conditions"].get("min_purchase_unit"):
                assert least > 1
                assert price["amount"] < standard
                assert "user_type_business" in price["conditions"]["context_restrictions"]
                by_kind["tier"] += 1
        by_kind["gone"] += item["price"] is None
    assert min(by_kind[kind] for kind in ("loyal", "discount", "tier", "gone")) > 0


def test_user_products_stock_and_families(owner, world):
    for item in [i for i in own_items(world) if i["family_name"]][:20]:
        thing = item["user_product_id"]
        body = owner.ok(f"/user-products/{thing}")
        assert body == world.truth["user_products"][thing]
        stock = owner.ok(f"/user-products/{thing}/stock")
        assert int(owner.headers["x-version"]) >= 1
        units = sum(place["quantity"] for place in stock["locations"])
        assert units == item["available_quantity"] == world.truth["stock"]["exact"][item["id"]]
        family = owner.ok(f"/sites/MLB/user-products-families/{body['family_id']}")
        assert thing in family["user_products_ids"]


def test_bands():
    most = {0: 0, 1: 50, 50: 100, 100: 150, 150: 200, 200: 250, 250: 500, 500: 5_000, 5_000: 50_000}
    lowest = 0
    for shown, highest in most.items():
        assert band(lowest) == band(highest) == shown
        lowest = highest + 1
    assert band(lowest) == 50_000


def test_stock_of_others_is_a_band_everywhere(owner, world):
    shown = {0, 50_000} | {value for _, value in BANDS}
    foreign = world.truth["stock"]["band"]
    assert set(foreign.values()) <= shown
    assert len(set(foreign.values())) > 4
    for product, offers in world.truth["offers"].items():
        if offers:
            body = owner.ok(f"/products/{product}/items")
            assert body["results"] == offers
            assert {offer["available_quantity"] for offer in offers} <= shown
            assert owner.ok(f"/products/{product}")["buy_box_winner"]["available_quantity"] in shown
    exact = {i["available_quantity"] for i in own_items(world)}
    assert exact - shown


def test_price_to_win(owner, world):
    states = Counter()
    for item in own_items(world):
        status, body = owner.get(f"/items/{item['id']}/price_to_win", version="v2")
        if item["catalog_product_id"] is None:
            assert status == 404
            continue
        states[body["status"]] += 1
        offers = world.truth["offers"][item["catalog_product_id"]]
        assert (body["status"] == "winning") == (
            bool(offers) and offers[0]["item_id"] == item["id"]
        )
    assert {"winning", "competing", "listed"} <= states.keys()


def test_visits(owner, world):
    item = own_items(world)[0]["id"]
    body = owner.ok(f"/items/{item}/visits/time_window", last=150, unit="day")
    assert len(body["results"]) == 150
    assert sum(day["total"] for day in body["results"]) == body["total_visits"]
    for wrong in ({"last": 151, "unit": "day"}, {"last": 0, "unit": "day"}, {"last": 5}):
        assert owner.get(f"/items/{item}/visits/time_window", **wrong)[0] == 400


# Categories and catalogue


def test_categories_are_a_tree(owner, world):
    seen, todo = {}, [c["id"] for c in owner.ok("/sites/MLB/categories")]
    while todo:
        category = owner.ok(f"/categories/{todo.pop()}")
        seen[category["id"]] = category
        assert category["path_from_root"][-1]["id"] == category["id"]
        children = category["children_categories"]
        todo += [child["id"] for child in children]
        below = sum(child["total_items_in_this_category"] for child in children)
        assert not children or below == category["total_items_in_this_category"]
    assert seen == world.truth["categories"]
    leaf = next(c for c in seen.values() if not c["children_categories"])
    tags = {tag for a in owner.ok(f"/categories/{leaf['id']}/attributes") for tag in a["tags"]}
    assert {"allow_variations", "variation_attribute", "catalog_required"} <= tags
    assert owner.ok("/sites/MLB/domain_discovery/search", q=leaf["name"])
    assert owner.ok("/trends/MLB")
    assert owner.get("/highlights/MLB/category/" + leaf["id"])[0] == 403
    assert owner.get("/categories/MLB1")[0] == 404
    assert owner.get("/sites/MLA/categories")[0] == 404


def test_product_search_gives_two_hundred_at_most():
    world = World(sellers=1, items=0, products=4_000, orders_per_day=0)
    word, most = Counter(p.name.split()[0] for p in world.products.values()).most_common(1)[0]
    assert most > 200
    with serve(world) as server:
        client = Client(server)
        client.token = client.post(grant_type="client_credentials")[1]["access_token"]
        query = {"site_id": "MLB", "q": word.lower(), "limit": 100}
        pages = [client.ok("/products/search", offset=n, **query) for n in (0, 100)]
        assert len({p["id"] for page in pages for p in page["results"]}) == 200
        assert pages[0]["paging"]["total"] == most
        details = "external_search_products.offset: The maximum allowed value for 'offset' is 100"
        assert client.get("/products/search", offset=101, **query) == (
            400,
            {"error": "bad_request", "details": [details]},
        )
        assert client.get("/products/search", q="x")[0] == 400
        product = pages[0]["results"][7]
        (gtin,) = [a["value_name"] for a in product["attributes"] if a["id"] == "GTIN"]
        found = client.ok("/products/search", site_id="MLB", product_identifier=gtin)
        assert found["results"] == [product]


def test_products_that_nobody_sells(owner, world):
    truth = world.truth
    parents = [p for p in truth["products"].values() if p["children_ids"]]
    unsold = [id for id, offers in truth["offers"].items() if not offers]
    assert parents
    assert len(unsold) > len(parents)
    for id in unsold:
        assert owner.ok(f"/products/{id}") == truth["products"][id]
        assert truth["products"][id]["buy_box_winner"] is None
        assert owner.get(f"/products/{id}/items")[0] == 404
    assert all(p["id"] in unsold for p in parents)


def test_offers_are_filtered(owner, world):
    product, offers = max(world.truth["offers"].items(), key=lambda pair: len(pair[1]))
    path, prices = f"/products/{product}/items", sorted(o["price"] for o in offers)
    found = owner.ok(path, price=f"{prices[1]}-{prices[-1]}")["results"]
    assert len(found) == sum(o["price"] >= prices[1] for o in offers)
    assert owner.ok(path, seller_id=offers[0]["seller_id"])["results"][0] == offers[0]
    free = owner.ok(path, shipping_cost="free")["results"]
    assert free == [o for o in offers if o["shipping"]["free_shipping"]]
    assert owner.ok(path, limit=1, offset=1)["results"] == offers[1:2]
    assert owner.get(path, limit=101)[0] == 400


# Orders


def test_order_windows_give_exactly_the_truth(owner, world):
    """Paging over windows of whole hours finds every update, and repeats only the boundaries."""
    seen, repeated = {}, 0
    start = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    step = dt.timedelta(days=3, hours=7)
    while start < world.now:
        offset, total = 0, 1
        while offset < total:
            page = owner.ok(
                "/orders/search", seller=world.accounts[0], limit=51, offset=offset,
                order__date_last_updated__from=start.isoformat(),
                order__date_last_updated__to=(start + step).isoformat(), sort="date_desc",
            )  # fmt: skip
            total = page["paging"]["total"]
            offset += len(page["results"])
            for order in page["results"]:
                repeated += order["id"] in seen
                seen[order["id"]] = order
        start += step
    truth = own_orders(world)
    assert seen.keys() == truth.keys()
    assert repeated <= 1
    words = Counter()
    for id, order in seen.items():
        detail = dict(truth[id])
        searched = dt.datetime.fromisoformat(order.pop("date_last_updated"))
        updated = detail.pop("last_updated")
        assert order == detail
        assert dt.timedelta(0) < searched - dt.datetime.fromisoformat(updated)
        assert updated.endswith("-04:00")
        words[order["status"]] += 1
    assert {"paid", "cancelled", "partially_refunded"} <= words.keys()
    known = {"paid", "cancelled", "partially_refunded", "payment_in_process"}
    every = {order["status"] for order in world.truth["orders"].values()}
    assert every - known == {"paid_on_review"}


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    least=st.integers(-100, 50 * 86_400),
    length=st.integers(0, 20 * 86_400),
    name=st.sampled_from(("date_created", "date_last_updated", "date_closed")),
    zone=st.integers(-11, 12),
    limit=st.integers(1, 51),
)
def test_any_window_pages_through_exactly_its_orders(
    owner, world, least, length, name, zone, limit
):
    zone = dt.timezone(dt.timedelta(hours=zone))
    start = dt.datetime(2026, 5, 1, tzinfo=zone) + dt.timedelta(seconds=least)
    end = start + dt.timedelta(seconds=length)
    query = {
        "seller": world.accounts[0],
        f"order.{name}.from": start.isoformat(),
        f"order.{name}.to": end.isoformat(),
    }
    found, total = [], 1
    while len(found) < total:
        page = owner.ok("/orders/search", limit=limit, offset=len(found), **query)
        total = page["paging"]["total"]
        assert page["results"] or not total
        found += page["results"]
    first, last = (t.replace(minute=0, second=0) for t in (start, end))
    attribute = {"date_created": "created", "date_last_updated": "indexed", "date_closed": "closed"}
    expected = [
        order.id
        for order in world.orders.values()
        if order.seller_id == world.accounts[0]
        and (at := getattr(order, attribute[name])) is not None
        and first <= at <= last
    ]
    assert [order["id"] for order in found] == expected


def test_order_times_are_cut_to_the_hour(owner, world):
    def ids(**query):
        found = owner.ok("/orders/search", seller=world.accounts[0], **query)
        return {order["id"] for order in found["results"]}, found["paging"]["total"]

    orders = sorted(own_orders(world).values(), key=lambda o: o["date_created"])
    order = next(o for o in orders if o["date_created"][14:16] > "10")
    at = dt.datetime.fromisoformat(order["date_created"])
    late = at + dt.timedelta(seconds=1)
    day = dt.timedelta(days=1)
    # from: an order of earlier the same hour is still found
    assert (
        order["id"]
        in ids(
            order__date_created__from=late.isoformat(),
            order__date_created__to=(at + day).isoformat(),
        )[0]
    )
    # to: an order of the same hour is missed
    assert (
        order["id"]
        not in ids(
            order__date_created__from=(at - day).isoformat(),
            order__date_created__to=late.isoformat(),
        )[0]
    )
    everything = ids()[1]
    future = (world.now + day).isoformat()
    assert ids(order__date_last_updated__from=future)[1] == 0
    assert ids(order__last_updated__from=future)[1] == everything
    status, _ = owner.get(
        "/orders/search", seller=world.accounts[0], order__date_created__from="yesterday"
    )
    assert status == 400


def test_order_filters(owner, world):
    orders = own_orders(world).values()

    def total(**query):
        return owner.ok("/orders/search", seller=world.accounts[0], **query)["paging"]["total"]

    for status in ("paid", "cancelled"):
        assert total(order__status=status) == sum(o["status"] == status for o in orders)
    item = next(iter(orders))["order_items"][0]["item"]
    assert total(item=item["id"]) == sum(
        o["order_items"][0]["item"]["id"] == item["id"] for o in orders
    )
    assert total(tags="delivered") == sum("delivered" in o["tags"] for o in orders)
    assert total(**{"tags.not": "delivered"}) == sum("delivered" not in o["tags"] for o in orders)
    assert total(q=next(iter(orders))["id"]) == 1
    page = owner.ok("/orders/search", seller="me", sort="date_asc")["results"]
    assert [o["id"] for o in page] == [o["id"] for o in orders][:50]
    assert owner.get("/orders/search", seller="me", sort="by_magic")[0] == 400
    assert owner.get("/orders/search")[0] == 400


def test_ceilings_of_order_search():
    world = lived(1, sellers=1, items=20, products=1, orders_per_day=11_500)
    with serve(world) as server:
        client = Client(server)
        client.sign_in(world.accounts[0])
        page = client.ok("/orders/search", seller="me", offset=9_949, limit=51)
        assert page["paging"]["total"] > 10_000
        assert len(page["results"]) == 51
        for query in ({"offset": 9_950, "limit": 51}, {"offset": 10_000, "limit": 1}):
            assert client.get("/orders/search", seller="me", **query) == (
                400,
                {
                    "error": "limit.maximum_exceeded",
                    "message": "Limit must be a lower or equal than 10000",
                },
            )
        status, body = client.get("/orders/search", seller="me", limit=52)
        assert (status, body["error"]) == (400, "limit.maximum_exceeded")


def test_packs_and_shipments(owner, world):
    truth, packs = world.truth, set()
    for order in list(own_orders(world).values())[:150]:
        shipment = order["shipping"]["id"]
        if order["pack_id"]:
            pack = owner.ok(f"/packs/{order['pack_id']}")
            assert order["id"] in {o["id"] for o in pack["orders"]}
            assert len(pack["orders"]) > 1
            assert pack["shipment"]["id"] == shipment
            assert pack["date_created"].endswith("-0400")
            packs.add(pack["id"])
        if shipment is None:
            assert order["date_closed"] is None
            continue
        new = owner.ok(f"/shipments/{shipment}", {"x-format-new": "true"})
        assert new == truth["shipments"][shipment]
        old = owner.ok(f"/shipments/{shipment}")
        place = new["destination"]["shipping_address"]
        assert old["receiver_address"]["state"] == place["state"]
        assert place["state"]["id"].startswith("BR-")
        assert {"street_name", "zip_code"} <= place.keys()
        assert new["destination"]["receiver_name"]
        (sender,) = owner.ok(f"/shipments/{shipment}/costs")["senders"]
        assert sender["user_id"] == world.accounts[0]
    assert packs
    assert owner.get("/packs/1")[0] == owner.get("/shipments/1")[0] == 404


def test_missed_feeds(owner, world):
    found = []
    while page := owner.ok("/missed_feeds", app_id="app", offset=len(found))["messages"]:
        assert len(page) <= 10
        found += page
    assert found
    kept = f"{world.now - dt.timedelta(days=2):%Y-%m-%d}"
    assert all(feed["sent"] >= kept for feed in found)
    orders = [f for f in found if f["topic"] == "orders_v2"]
    assert orders
    assert all(int(f["resource"].removeprefix("/orders/")) in world.truth["orders"] for f in orders)
    assert owner.get("/missed_feeds", app_id="app", topic="items")[0] == 400
    assert owner.get("/missed_feeds", app_id="other")[0] == 403


# What goes wrong


def test_new_orders_are_found_late(world):
    with serve(world, Faults(partial_user=0, late_order=0.5)) as server:
        client = Client(server)
        client.sign_in(world.accounts[0])
        fresh = (world.now - dt.timedelta(days=1)).isoformat()
        late = 0
        for id, order in own_orders(world).items():
            statuses = [client.get(f"/orders/{id}")[0] for _ in range(3)]
            assert statuses in ([200] * 3, [404, 404, 200])
            assert order["date_created"] >= fresh or statuses[0] == 200
            late += statuses[0] == 404
        assert late
        assert server.faults_done["late_order"] == 2 * late


def test_users_are_partial_at_times(world):
    with serve(world, Faults(partial_user=0.3, late_order=0)) as server:
        client = Client(server)
        client.sign_in(world.accounts[0])
        answers = [client.get("/users/me") for _ in range(200)]
    partial = [body for status, body in answers if status == 206]
    assert 30 < len(partial) < 90
    assert server.faults_done["partial_user"] == len(partial)
    assert all("seller_reputation" not in body for body in partial)


def test_an_empty_bucket_answers_429_until_time_fills_it(world):
    clock = Clock()
    with serve(world, clock=clock, rate_per_hour=60) as server:
        client = Client(server)
        client.sign_in(world.accounts[0])
        assert [client.get("/users/me")[0] for _ in range(60)] == [200] * 59 + [429]
        assert not {"retry-after", "x-ratelimit-limit"} & {name.lower() for name in client.headers}
        assert client.post(grant_type="client_credentials")[1]["error"] == "local_rate_limited"
        clock.now += 60
        assert [client.get("/users/me")[0] for _ in range(2)] == [200, 429]
        clock.now += 7_200
        assert [client.get("/users/me")[0] for _ in range(61)] == [200] * 60 + [429]
        assert Counter(r.status for r in server.requests)[429] == 4


def storm(world, faults, count=600):
    """What a client sees of many requests, and the server."""
    seen = []
    with serve(world, faults) as server:
        client = Client(server)
        client.sign_in(world.accounts[0])
        for _ in range(count):
            try:
                seen.append(client.get("/orders/search", seller="me", limit=5))
            except (http.client.HTTPException, ConnectionError) as error:
                seen.append((type(error).__name__, None))
    return seen, server


def test_faults_happen_at_their_rates_and_are_counted(world):
    faults = Faults(
        seed=3, drop=0.1, error_500=0.1, slow=0.1, slow_seconds=0, malformed_element=0.02
    )
    seen, server = storm(world, faults)
    again, _ = storm(world, faults)
    assert seen == again
    kinds = Counter(kind for kind, _ in seen)
    assert 35 < kinds[500] < 90
    assert kinds["IncompleteRead"] > 10
    assert kinds["RemoteDisconnected"] > 10
    done = server.faults_done
    assert done["error_500"] == kinds[500]
    assert done["drop"] == kinds["IncompleteRead"] + kinds["RemoteDisconnected"]
    assert 35 < done["slow"] < 90
    truth = {id: order | {"last_updated": None} for id, order in own_orders(world).items()}
    bad = [
        element
        for status, body in seen
        if status == 200
        for element in body["results"]
        if not isinstance(element, dict)
        or element.get("id") not in truth
        or element["total_amount"] == "n/a"
    ]
    assert 0 < len(bad) <= done["malformed_element"] < 90
    log = Counter(request.status for request in server.requests)
    assert (log[0], log[500]) == (done["drop"], done["error_500"])


def test_a_dropped_exchange_has_happened(world):
    def first_only(seed):
        faults = Faults(seed, drop=0.5)
        return [faults.rng(n).random() < faults.drop for n in range(2)] == [True, False]

    faults = Faults(next(filter(first_only, range(100))), drop=0.5, oauth=True)
    with serve(world, faults) as server:
        code = server.authorize(world.accounts[0], REDIRECT, s256(VERIFIER))
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            Client(server).exchange(code)
        assert Client(server).exchange(code)[1]["error"] == "invalid_grant"


def test_concurrent_clients_see_one_world(world):
    ids = list(own_orders(world))[:200]
    with serve(world) as server:
        token = Client(server).sign_in(world.accounts[0])["access_token"]

        def read(part):
            client = Client(server, token)
            return [client.ok(f"/orders/{id}") for id in ids[part::8]]

        with ThreadPoolExecutor(8) as pool:
            found = [order for orders in pool.map(read, range(8)) for order in orders]
    assert {o["id"]: o for o in found} == {id: world.truth["orders"][id] for id in ids}
    assert len(server.requests) == 201
    assert {r.client for r in server.requests} == {"app"}


def test_the_world_moves_under_a_running_server():
    world = lived(2, sellers=1, items=30, products=1)
    with serve(world) as server:
        client = Client(server)
        client.sign_in(world.accounts[0])
        for _ in range(3):
            before = client.ok("/orders/search", seller="me")["paging"]["total"]
            world.tick()
            after = client.ok("/orders/search", seller="me")["paging"]["total"]
            assert before < after == len(world.truth["orders"])


def test_the_command_serves():
    command = [sys.executable, "-m", "simulators.mercadolivre", "--port", "0", "--days", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().split()[0]
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
            connection.request("GET", "/users/me")
            assert connection.getresponse().status == 401
            connection.close()
        finally:
            process.terminate()


# Operators


@pytest.fixture(scope="module")
def planted():
    return lived(6, sellers=1, items=1, products=600, orders_per_day=0, seed=3, duplicates=12)


def test_operators_have_two_to_four_accounts_among_the_others(planted):
    operators = planted.truth["operators"]
    accounts = Counter(operators.values())
    assert len(accounts) == 12 and set(accounts.values()) <= {2, 3, 4}
    assert not operators.keys() & set(planted.accounts)
    assert World().truth["operators"] == {}
    with pytest.raises(ValueError):
        World(products=50, duplicates=12)


def test_operators_prices_go_together(planted):
    """Offers of one product cost the same where one operator makes them, and seldom else."""
    operators = planted.truth["operators"]
    alike, others = Counter(), Counter()
    for offers in planted.truth["offers"].values():
        for one in offers:
            for other in offers:
                pair = {operators.get(o["seller_id"], o["seller_id"]) for o in (one, other)}
                if one["item_id"] < other["item_id"]:
                    counter = alike if len(pair) == 1 else others
                    counter[abs(one["price"] - other["price"]) < 0.011] += 1
    assert alike[True] > alike[False] > 0  # other listings of theirs go their own way
    assert others[False] > 5 * others[True] > 0


def test_operators_share_stores_units_and_pictures_at_times(planted):
    users, operators = planted.truth["users"], planted.truth["operators"]
    cities = {(o, users[id]["address"]["city"]) for id, o in operators.items()}
    assert len(set(operators.values())) < len(cities) < len(operators)
    items = [i for i in planted.truth["items"].values() if i["seller_id"] in operators]
    for shown in ("inventory_id", "official_store_id"):
        holders = defaultdict(set)
        for item in items:
            holders[item[shown]].add(item["seller_id"])
        assert any(len(holders[value]) > 1 for value in holders if value is not None)
    assert len({item["pictures"][0]["id"] for item in items}) < len(items)
