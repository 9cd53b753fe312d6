"""The client alone, over HTTP: its budget, what it tries again and what it does not."""

import datetime as dt
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Lock, Thread

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from marketplace import KEY, PLENTY, REDIRECT

from ingestion.mercadolivre.client import ATTEMPTS, Answer, Budget, Client, Failed, Request
from ingestion.mercadolivre.oauth import Accounts
from ingestion.mercadolivre.settings import Settings
from simulators.mercadolivre import Faults, Server, World
from warehouse import UserError, open_warehouse
from warehouse.ledger import now
from warehouse.secrets import Vault


class Tokens:
    """One token; ``renewed`` counts how often another was asked for."""

    def __init__(self, after: str = "new"):
        self.after, self.renewed, self.current = after, 0, "old"

    def token(self, user_id: int) -> str:
        return self.current

    def renew(self, user_id: int, stale: str) -> str:
        self.renewed += 1
        self.current = self.after
        return self.current

    def app_token(self) -> str:
        return "app"


class Script:
    """A server that gives one answer after the other, the last one for ever."""

    def __init__(self, *answers):
        self.answers, self.seen, self.lock = list(answers), [], Lock()

    def next(self, path: str, token: str):
        with self.lock:
            self.seen.append((time.monotonic(), path, token))
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


OK = (200, b'{"fine": true}', {})
BUSY = (429, b'{"error": "local_rate_limited"}', {})


def refused(status: int, body: bytes = b'{"error": "no", "message": "never"}'):
    return status, body, {}


@contextmanager
def serving(*answers):
    script = Script(*answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):  # noqa: N802
            token = self.headers["Authorization"].removeprefix("Bearer ")
            status, body, headers = script.next(self.path, token)
            if status == 0:  # the connection breaks, after so much of the answer
                self.wfile.write(body)
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def client_of(url: str, tokens=None, budget=None, **options) -> Client:
    options = {"backoff": 0.002, "timeout": 5} | options
    return Client(url, tokens or Tokens(), budget or Budget(PLENTY), **options)


THING = Request("/things/{id}", "/things/1", account=1)


def things(count: int) -> list[Request]:
    return [Request("/things/{id}", f"/things/{n}", account=1) for n in range(count)]


# The budget


class FakeTime:
    def __init__(self):
        self.now = 1_000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


@settings(max_examples=60, deadline=None)
@given(
    per_hour=st.integers(1, 40_000),
    steps=st.lists(st.floats(0, 5_000), min_size=2, max_size=120),
)
def test_an_hour_never_sees_more_than_the_budget(per_hour, steps):
    fake = FakeTime()
    budget = Budget(per_hour, fake.clock, fake.sleep)
    left = []
    for pause in steps:
        fake.now += pause
        for _ in range(3):
            budget.take()
            left.append(fake.now)
    burst = max(per_hour / 3_600, 1) + 1  # a second's worth, or one
    for number, at in enumerate(left):
        within = sum(at <= other < at + 3_600 for other in left[number:])
        assert within <= per_hour + burst + 1e-6


def test_requests_leave_evenly():
    fake = FakeTime()
    budget = Budget(7_200, fake.clock, fake.sleep)
    left = []
    for _ in range(20):
        budget.take()
        left.append(fake.now)
    gaps = [later - earlier for earlier, later in pairwise(left)]
    assert all(gap == pytest.approx(0.5) for gap in gaps[3:])
    budget.lower(3_600)
    budget.lower(90_000)  # a higher one changes nothing
    budget.take()
    start = fake.now
    budget.take()
    assert fake.now - start == pytest.approx(1)
    budget.pause(30)
    budget.take()
    assert fake.now - start >= 30


# What is tried again


def test_a_busy_server_is_left_alone_for_as_long_as_it_says():
    with serving((429, b"{}", {"Retry-After": "1"}), OK) as (url, script), client_of(url) as client:
        assert client.get(THING).body == {"fine": True}
        assert client.throttled == 1
    (first, *_), (second, *_) = script.seen
    assert 1 <= second - first < 4


@pytest.mark.parametrize(
    ("headers", "backoff"),
    [
        ({}, 1.0),
        ({"Retry-After": "1"}, 0.002),
    ],
)
def test_after_429_every_thread_pauses(headers, backoff):
    with (
        serving(OK, (429, b"{}", headers), OK) as (url, script),
        client_of(url, budget=Budget(720_000), backoff=backoff, workers=4) as client,
        ThreadPoolExecutor(4) as pool,  # where none waits for the others' answers
    ):
        answers = list(pool.map(client.get, things(40)))
    assert all(isinstance(answer, Answer) for answer in answers)
    times = [at for at, *_ in script.seen]
    # but for those that were on their way nobody asks for a while
    assert max(later - earlier for earlier, later in pairwise(times)) > 0.8


def test_what_stays_busy_is_given_up():
    with serving(BUSY) as (url, script), client_of(url) as client, pytest.raises(Failed) as caught:
        client.get(THING)
    assert len(script.seen) <= ATTEMPTS
    assert caught.value.status == 429 and caught.value.is_transient


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_refusal_is_not_tried_again(status):
    tokens = Tokens()
    with (
        serving(refused(status)) as (url, script),
        client_of(url, tokens) as client,
        pytest.raises(Failed, match="no never") as caught,
    ):
        client.get(THING)
    assert (len(script.seen), tokens.renewed) == (1, 0)
    assert caught.value.status == status and not caught.value.is_transient


def test_what_comes_late_is_asked_for_again():
    late = Request("/orders/{id}", "/orders/1", account=1, is_eventual=True)
    with serving(refused(404), refused(404), OK) as (url, script), client_of(url) as client:
        assert client.get(late).status == 200
    assert len(script.seen) == 3


@pytest.mark.parametrize("after", ["new", "old"])
def test_a_token_is_renewed_once(after):
    tokens = Tokens(after)
    expired = refused(401, b'{"message": "invalid access token"}')
    with (
        serving(expired) as (url, script),
        client_of(url, tokens) as client,
        pytest.raises(Failed) as caught,
    ):
        client.get(THING)
    assert caught.value.status == 401 and tokens.renewed == 1
    assert [token for _, _, token in script.seen] == ["old", "new"][: 1 + (after == "new")]
    with serving(expired, OK) as (url, script), client_of(url, Tokens()) as client:
        assert client.get(THING).status == 200
        assert [token for _, _, token in script.seen] == ["old", "new"]


HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n" + OK[1][:7]


@pytest.mark.parametrize(
    "broken",
    [
        (0, b"", {}),
        (0, HALF, {}),
        (200, b'{"fine"', {}),
        (200, b"<html>", {}),
        (500, b"oops", {}),
        (503, b"", {}),
    ],
)
def test_a_broken_answer_is_asked_for_again(broken):
    with serving(broken, broken, OK) as (url, script), client_of(url) as client:
        assert client.get(THING).body == {"fine": True}
    assert len(script.seen) == 3


def test_answers_come_in_order_and_each_fails_alone():
    world = World(sellers=1, items=30, products=5, orders_per_day=0, seed=4)
    user = world.accounts[0]
    with Server(world, faults=Faults(seed=4, drop=0.1, error_500=0.1), rate_per_hour=PLENTY) as api:
        code = api.authorize(user, REDIRECT)
        form = {"code": code, "redirect_uri": REDIRECT, "grant_type": "authorization_code"}
        tokens = Tokens()
        with client_of(api.url, tokens) as client:
            form |= {"client_id": api.client_id, "client_secret": "secret"}
            tokens.current = api._tokens.exchange(form)["access_token"]
            ids = [*world.items_by_seller[user], "MLB1", *world.items_by_seller[user][::-1]]
            wanted = [Request("/items/{id}", f"/items/{id}", account=user) for id in ids]
            got = list(client.get_all(wanted))
    assert [request for request, _ in got] == wanted
    for id, (_, answer) in zip(ids, got, strict=True):
        if id == "MLB1":
            assert isinstance(answer, Failed) and answer.status == 404
        else:
            assert answer.body["id"] == id


# Hosts that are not there


def test_a_host_that_is_not_there_is_one_line():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with client_of(url) as client, pytest.raises(UserError, match="cannot reach") as caught:
        client.get(THING)
    assert "\n" not in str(caught.value) and url in str(caught.value)
    assert client.sent <= 3


def test_a_host_that_goes_away_ends_it():
    with serving(OK, (0, b"", {})) as (url, script), client_of(url) as client:
        client.get(THING)
        with pytest.raises(UserError, match="cannot reach"):
            list(client.get_all(things(1_000)))
    assert len(script.seen) < 40 * ATTEMPTS


def test_what_is_written_of_a_request_can_be_read():
    request = Request(
        "/items/{id}/prices",
        "/items/MLB1/prices",
        (("context", "a,b"), ("at", "2026-01-01T00:00+00:00")),
        5,
    )
    again = Request.parse(str(request))
    assert (again.path, again.params, again.account) == (request.path, request.params, 5)
    with pytest.raises(ValueError, match="not a request"):
        Request.parse("5 POST /x")


# Tokens of the simulated marketplace


def test_a_foreign_listing_costs_no_refresh_token(environment):
    """Its 401 says that the caller is not the owner, which no new token cures."""
    world = World(sellers=2, items=20, products=5, orders_per_day=0, seed=5)
    with Server(world, rate_per_hour=PLENTY) as api:
        own = Settings()
        given = {"client_id": api.client_id, "client_secret": "secret", "api_url": api.url}
        for name, value in (given | {"redirect_uri": REDIRECT}).items():
            own[name] = value
        state = open_warehouse("postgres")
        later = Accounts(state, own, Vault([KEY]), lambda: now() + dt.timedelta(minutes=5))
        Accounts(state, own, Vault([KEY])).add(api.authorize(world.accounts[0], REDIRECT), "")
        others = [i.id for i in world.items.values() if i.seller_id != world.accounts[0]]
        with client_of(api.url, later) as client:
            for id in others[:3]:
                path = f"/items/{id}/price_to_win"
                with pytest.raises(Failed, match="not the item's owner"):
                    client.get(Request("/items/{id}/price_to_win", path, account=world.accounts[0]))
        assert [r.path for r in api.requests].count("/oauth/token") == 1
        with state.begin() as connection:
            assert connection.scalar(sa.text("select status from ops.oauth_token")) == "authorised"
