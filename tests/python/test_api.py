"""What all endpoints share, and price watches: a real server, a real PostgreSQL."""

import asyncio
import datetime as dt
import json
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import jwt
import psycopg
import pytest
from api import REQUESTS
from commands import COMMANDS, variables
from typer.testing import CliRunner

from armazem import app
from serving import users
from serving.api.app import create_app
from serving.api.database import Database
from serving.api.server import running
from serving.api.settings import settings
from serving.api.telemetry import configure_logs
from warehouse import UserError, open_warehouse
from warehouse.connection import PROJECT, connection_keywords

PASSWORD, SECRET = "a long password", "s" * 32
MARTS = """
create table marts.source_freshness as
    select source, timestamp '2026-07-14' as as_of, timestamp '2026-07-15' as loaded_at
    from unnest(array['cnpj', 'mercadolivre']) as source;
create table marts.dim_product as
    select 'p' || n as product_id, 'MLB' || n as item_id from generate_series(1, 3) as n;
create table marts.dim_catalog_product as select 'MLB777' as catalog_product_id;
create table marts.price_series as select 'MLB1' as item_id, 'sale:channel' as context;
"""
WATCH = {"item_id": "MLB1", "fall_percent": 5, "channel": "telegram", "destination": "1"}
ROLES = {"reader": ["read"], "writer": ["write"], "operator": ["operate"]}


class Service:
    """A running API with its users."""

    def __init__(self, url: str, warehouse, environment: dict[str, str]):
        self.url, self.warehouse, self.environment = url, warehouse, environment
        self.http = httpx.Client(base_url=url, timeout=30)
        self._tokens: dict[str, str] = {}

    def headers(self, name: str, **more: str) -> dict[str, str]:
        """The headers of a user; tokens are asked for once."""
        if name not in self._tokens:
            form = {"username": name, "password": PASSWORD}
            answer = self.http.post("/token", data=form).raise_for_status()
            self._tokens[name] = answer.json()["access_token"]
        return {"Authorization": f"Bearer {self._tokens[name]}", **more}

    def sql(self, statement: str) -> list[tuple]:
        with psycopg.connect(**connection_keywords(self.environment)) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def made(make_environment):
    configure_logs()
    environment = make_environment()
    options = {
        "API__SECRET_KEY": SECRET,
        "API__RATE_LIMIT": "100000/minute",
        "API__LOGIN_RATE_LIMIT": "100000/minute",
        "API__CORS_ORIGINS": "https://page.example",
        "API__STATEMENT_TIMEOUT_SECONDS": "2",
    }
    with variables(**environment, **options):
        warehouse = open_warehouse()
        with psycopg.connect(**connection_keywords(environment)) as connection:
            connection.execute(MARTS)
        for name, scopes in ROLES.items():
            users.add(warehouse, name, PASSWORD, scopes)
        yield warehouse, environment


@pytest.fixture(scope="module")
def service(made):
    warehouse, environment = made
    with running(create_app(warehouse, settings())) as url:
        yield Service(url, warehouse, environment)


def problem(answer: httpx.Response, status: int) -> dict:
    """The problem that an answer tells, in the one shape there is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["detail"] and body["title"]
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


# --- who may do what


@pytest.mark.parametrize("open_reads", [True, False])
def test_each_role_may_do_what_its_scopes_say_and_nothing_else(made, open_reads):
    warehouse, environment = made
    found = settings()
    found.open_reads = open_reads
    app = create_app(warehouse, found)
    with running(app) as url:
        service = Service(url, warehouse, environment)
        tokens = {name: service.headers(name) for name in ROLES}
        tokens |= {"nobody": {}, "forged": {"Authorization": "Bearer no.token.this"}}
        checked = set()
        for (method, path), request in REQUESTS.items():
            operation = app.openapi()["paths"][path][method.lower()]
            needed = {s for each in operation.get("security", ()) for v in each.values() for s in v}
            for role, headers in tokens.items():
                answer = service.http.request(method, headers=headers, **request)
                scopes = set(ROLES.get(role, ()))
                lacking = needed - scopes - ({"read"} if open_reads else set())
                if needed and role == "forged":
                    expected = {401}
                elif lacking:
                    expected = {401} if role == "nobody" else {403}
                else:
                    expected = set(range(200, 600)) - {401, 403, 500}
                assert answer.status_code in expected, (method, path, role, answer.text)
                checked.add((method, path))
    documented = {
        (method.upper(), path) for path, each in app.openapi()["paths"].items() for method in each
    }
    assert checked | {("POST", "/token")} == documented  # a new endpoint belongs into REQUESTS


def signed(key: str = SECRET, algorithm: str = "HS256", **changes) -> str:
    now = dt.datetime.now(dt.UTC)
    claims = {"iss": "armazem", "aud": "armazem-api", "sub": "1", "scope": "read write operate"}
    claims |= {"iat": now, "exp": now + dt.timedelta(hours=1)} | changes
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, key, algorithm)


@pytest.mark.parametrize(
    "token",
    [
        signed(key="t" * 32),
        signed(key="", algorithm="none"),
        signed(key=SECRET * 2, algorithm="HS512"),
        signed(iss="another"),
        signed(aud="another"),
        signed(exp=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)),
        signed(exp=None),
        signed(sub=None),
        signed(scope=None),
        signed(sub="one"),
        signed(sub="99999"),
    ],
    ids=["key", "none", "algorithm", "iss", "aud", "old", "no exp", "no sub", "no scope", "sub",
         "nobody"],
)  # fmt: skip
def test_a_token_that_is_not_quite_ours_is_none(service, token):
    answer = service.http.get("/watches", headers={"Authorization": f"Bearer {token}"})
    problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_says_no_more_than_its_user_may(service):
    users.add(service.warehouse, "short-lived", PASSWORD, ["read", "write"])
    headers = service.headers("short-lived")
    assert service.http.get("/watches", headers=headers).status_code == 200
    form = {"username": "short-lived", "password": PASSWORD, "scope": "read operate"}
    assert service.http.post("/token", data=form).json()["scope"] == "read"
    users.change(service.warehouse, "short-lived", None, ["read"])
    problem(service.http.get("/watches", headers=headers), 403)
    users.remove(service.warehouse, "short-lived")
    problem(service.http.get("/watches", headers=headers), 401)


def test_nothing_tells_which_users_there_are(service):
    answers = [
        problem(service.http.post("/token", data={"username": name, "password": "wrong"}), 401)
        for name in ("reader", "nobody at all")
    ]
    assert answers[0]["detail"] == answers[1]["detail"]
    problem(service.http.post("/token", data={"username": "a\x00b", "password": "x"}), 422)


def test_a_client_that_asks_too_often_is_told_to_wait(made):
    warehouse, environment = made
    with variables(API__RATE_LIMIT="5/minute", API__LOGIN_RATE_LIMIT="2/minute"):
        limited = create_app(warehouse, settings())
    with running(limited) as url, httpx.Client(base_url=url) as http:
        wrong = {"username": "reader", "password": "wrong"}
        found = [http.post("/token", data=wrong).status_code for _ in range(4)]
        assert sorted(found)[-2:] == [429, 429] and 401 in found
        headers = {"X-Forwarded-For": "203.0.113.9"}  # nobody it has reason to believe
        answers = [http.get("/watches", headers=headers) for _ in range(12)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused and 1 <= int(refused[0].headers["retry-after"]) <= 60
        problem(refused[0], 429)
        assert http.get("/healthz").status_code == 200


def test_a_pool_can_do_what_its_role_may_and_nothing_else(made):
    warehouse, _ = made
    database = Database(warehouse, settings())
    refused = (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)

    async def ask() -> None:
        async with database.connected():
            assert await database.as_of("cnpj") == dt.date(2026, 7, 14)
            for statement in (
                "insert into marts.dim_product values ('x', 'y')",
                "create table marts.t (x int)",
                "select * from ops.api_user",
                "select * from ops.price_watch",
            ):
                with pytest.raises(refused):
                    await database.read(statement, {})
            with pytest.raises(psycopg.ProgrammingError, match="didn't produce records"):
                await database.read("set default_transaction_read_only = off", {})
            with pytest.raises(refused):
                await database.read("delete from marts.dim_product", {})
            with pytest.raises(psycopg.errors.QueryCanceled):
                await database.read("select pg_sleep(30)", {})
            for statement in ("select * from marts.dim_product", "select * from ops.oauth_token",
                              "update ops.api_user set scopes = '{operate}'"):  # fmt: skip
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    async with database.writing() as connection:
                        await connection.execute(statement)

    asyncio.run(ask())


# --- price watches


def test_a_watch_is_made_read_changed_and_removed(service):
    headers = service.headers("writer")
    made = service.http.post("/watches", json=WATCH, headers=headers)
    assert made.status_code == 201
    path, watch = made.headers["location"], made.json()["data"]
    expected = WATCH | {"hysteresis_percent": 1, "cooldown_minutes": 720, "is_active": True}
    assert watch | expected == watch and watch["product_id"] is None
    assert watch["watched_from"] == "2026-07-14T00:00:00.000000Z"  # in the data's time
    assert service.http.get(path, headers=headers).json()["data"] == watch
    patch = {"rise_amount": "12.50", "is_active": False}
    changed = service.http.patch(path, json=patch, headers=headers).json()["data"]
    assert changed | {"rise_amount": 12.5, "is_active": False, "fall_percent": 5} == changed
    whole = {"product_id": "p2", "is_back_in_stock": True, "channel": "apprise"}
    whole |= {"destination": "team"}
    put = service.http.put(path, json=whole, headers=headers).json()["data"]
    assert put | whole | {"item_id": None, "rise_amount": None, "is_active": True} == put
    assert service.http.delete(path, headers=headers).status_code == 204
    for method in ("GET", "DELETE"):
        problem(service.http.request(method, path, headers=headers), 404)


def test_what_is_not_told_yet_is_not_forgotten_by_an_edit(service):
    headers = service.headers("writer")
    path = service.http.post("/watches", json=WATCH, headers=headers).headers["location"]
    # made otherwise than by the API
    service.sql("update ops.price_watch set watched_from = '2026-01-01', rise_percent = 5000")
    refused = service.http.patch(path, json={"is_active": False}, headers=headers)
    assert problem(refused, 422)["errors"][0]["field"] == "rise_percent"
    service.http.patch(path, json={"rise_percent": None}, headers=headers).raise_for_status()
    service.sql("update ops.price_watch set watched_from = '2026-01-01'")
    told = service.http.patch(path, json={"destination": "2"}, headers=headers).json()["data"]
    assert told["watched_from"].startswith("2026-01-01")
    other = service.http.patch(path, json={"fall_percent": 7}, headers=headers).json()["data"]
    assert other["watched_from"].startswith("2026-07-14")


def test_nobody_reaches_another_s_watches(service):
    users.add(service.warehouse, "other", PASSWORD, ["write"])
    mine, others = service.headers("writer"), service.headers("other")
    path = service.http.post("/watches", json=WATCH, headers=mine).headers["location"]
    problem(service.http.get(path, headers=others), 404)
    problem(service.http.put(path, json=WATCH, headers=others), 404)
    problem(service.http.patch(path, json={"is_active": False}, headers=others), 404)
    problem(service.http.delete(path, headers=others), 404)
    assert service.http.get("/watches", headers=others).json()["data"] == []
    assert service.http.get(path, headers=mine).json()["data"]["is_active"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item_id": None}, "body"),
        ({"product_id": "p1"}, "body"),
        ({"fall_percent": None}, "body"),
        ({"fall_percent": 0}, "fall_percent"),
        ({"fall_percent": 101}, "fall_percent"),
        ({"fall_percent": "NaN"}, "fall_percent"),
        ({"rise_amount": 1e30}, "rise_amount"),
        ({"channel": "pigeon"}, "channel"),
        ({"destination": ""}, "destination"),
        ({"destination": "a\x00b"}, "destination"),
        ({"item_id": "MLB1\x00"}, "item_id"),
        ({"item_id": "MLB404"}, "item_id"),
        ({"context": "no such"}, "context"),
        ({"cooldown_minutes": -1}, "cooldown_minutes"),
        ({"owner_id": 1}, "owner_id"),
    ],
)
def test_a_watch_that_cannot_be_names_its_field(service, changes, field):
    headers = service.headers("writer")
    answer = service.http.post("/watches", json=WATCH | changes, headers=headers)
    assert [flaw["field"] for flaw in problem(answer, 422)["errors"]] == [field]


def test_a_request_sent_again_adds_nothing(service):
    users.add(service.warehouse, "repeater", PASSWORD, ["write"])
    headers = service.headers("repeater", **{"Idempotency-Key": "k"})

    def post(_: int = 0, json: dict = WATCH) -> httpx.Response:
        return httpx.post(f"{service.url}/watches", json=json, headers=headers, timeout=30)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    replayed = [answer.headers.get("idempotency-replayed") for answer in answers]
    assert sorted(replayed, key=str) == [None] + ["true"] * 7
    problem(post(json=WATCH | {"fall_percent": 6}), 422)
    listed = service.http.get("/watches", headers=headers).json()["data"]
    assert len(listed) == 1
    # the key is the owner's, and a failure takes none
    other = service.headers("writer", **{"Idempotency-Key": "k"})
    assert "idempotency-replayed" not in service.http.post(
        "/watches", json=WATCH, headers=other
    ).headers  # fmt: skip
    headers["Idempotency-Key"] = "another"
    problem(post(json=WATCH | {"item_id": "MLB404"}), 422)
    assert post().status_code == 201


def test_pages_hold_every_watch_once_while_others_are_added(service):
    users.add(service.warehouse, "many", PASSWORD, ["write"])
    headers = service.headers("many")
    for _ in range(7):
        service.http.post("/watches", json=WATCH, headers=headers).raise_for_status()
    service.sql("update ops.price_watch set created_at = timestamp '2026-01-01' where owner_id ="
                " (select user_id from ops.api_user where name = 'many')")  # fmt: skip
    before = {w["watch_id"] for w in service.http.get("/watches", headers=headers).json()["data"]}
    seen, cursor = [], {}
    while True:
        page = service.http.get("/watches", params={"limit": 2, **cursor}, headers=headers).json()
        seen += [watch["watch_id"] for watch in page["data"]]
        if len(seen) < 9:
            service.http.post("/watches", json=WATCH, headers=headers).raise_for_status()
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(seen) == len(set(seen)) and before <= set(seen)


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "W10", "bnVsbA", "é", "A" * 3000, "WyIvd2F0Y2hlcyIsWzEsMl1d",
        "WyIvd2F0Y2hlcyIsWyJ4IiwieSJdXQ",
    ],
)  # fmt: skip
def test_a_cursor_that_is_none_is_said_to_be(service, cursor):
    answer = service.http.get(
        "/watches", params={"cursor": cursor}, headers=service.headers("writer")
    )
    assert problem(answer, 422)["errors"][0]["field"] == "cursor"


# --- what every answer has


def test_what_goes_wrong_is_told_in_one_shape(service):
    headers = service.headers("writer")
    problem(service.http.get("/nowhere"), 404)
    problem(service.http.request("DELETE", "/healthz"), 405)
    problem(service.http.get("/watches/no-uuid", headers=headers), 422)
    problem(service.http.get("/watches", params={"limit": 0}, headers=headers), 422)
    problem(service.http.get("/watches", params={"x": "y" * 5000}, headers=headers), 414)
    problem(service.http.get("/watches?cursor=%00", headers=headers), 400)
    problem(service.http.get("/wat%00ches", headers=headers), 400)
    problem(service.http.post("/watches", content=b"x" * 70_000, headers=headers), 413)
    chunks = (b"x" * 10_000 for _ in range(8))  # of a length that is not told
    problem(service.http.post("/watches", content=chunks, headers=headers), 413)
    headers["Content-Type"] = "application/json"
    problem(service.http.post("/watches", content=b"{", headers=headers), 422)
    problem(service.http.post("/watches", content=b"[" * 60_000, headers=headers), 400)
    problem(service.http.post("/watches", content=b"\xff\xfe", headers=headers), 422)


def test_a_slow_query_and_missing_marts_are_told(service):
    headers = service.headers("writer")
    with psycopg.connect(**connection_keywords(service.environment)) as connection:
        connection.execute("lock marts.dim_product in access exclusive mode")
        problem(service.http.post("/watches", json=WATCH, headers=headers), 504)
    service.sql("alter table marts.price_series rename to gone")
    try:
        answer = service.http.post("/watches", json=WATCH, headers=headers)
        assert "dbt build" in problem(answer, 503)["detail"]
    finally:
        service.sql("alter table marts.gone rename to price_series")
    assert service.http.post("/watches", json=WATCH, headers=headers).status_code == 201


def test_a_mart_built_with_other_columns_breaks_no_prepared_query(service):
    headers = service.headers("writer")
    for _ in range(12):  # prepared on every connection
        service.http.get("/readyz").raise_for_status()
        service.http.post("/watches", json=WATCH, headers=headers).raise_for_status()
    service.sql(
        "begin; alter table marts.source_freshness rename to before;"
        " create table marts.source_freshness as"
        " select cast(source as varchar(20)) as source, as_of, loaded_at from marts.before; commit"
    )
    for _ in range(12):
        assert service.http.get("/readyz").json()["as_of"]["cnpj"] == "2026-07-14"


def test_an_answer_that_is_known_is_not_sent_again(service):
    headers = service.headers("writer")
    first = service.http.get("/watches", headers=headers)
    assert "private" in first.headers["cache-control"]
    known = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    again = service.http.get("/watches", headers=headers | known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    service.http.post("/watches", json=WATCH, headers=headers).raise_for_status()
    assert service.http.get("/watches", headers=headers | known).status_code == 200


def test_pages_of_the_origins_allowed_may_ask(service):
    origin = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"}
    allowed = service.http.options("/watches", headers=origin)
    assert allowed.headers["access-control-allow-origin"] == "https://page.example"
    other = service.http.get("/healthz", headers={"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers


def test_requests_are_counted(service):
    def count() -> float:
        lines = service.http.get("/metrics").text.splitlines()
        key = 'armazem_requests_total{method="GET",route="/watches/{watch_id}",status="401"}'
        return sum(float(line.split()[-1]) for line in lines if line.startswith(key))

    before = count()
    service.http.get("/watches/6f1c1c1e-0000-4000-8000-000000000000")
    assert count() == before + 1


def test_ready_means_reachable_built_and_fresh(made, make_environment):
    warehouse, environment = made
    with variables(API__MAX_AGE_DAYS="cnpj=3"):
        limited = create_app(warehouse, settings())
    with running(limited) as url:
        assert "older than 3 days" in problem(httpx.get(f"{url}/readyz"), 503)["detail"]
        assert httpx.get(f"{url}/healthz").status_code == 200
    with variables(**make_environment()):
        empty = create_app(open_warehouse(), settings())
    with running(empty) as url:
        assert "dbt build" in problem(httpx.get(f"{url}/readyz"), 503)["detail"]


# --- the command


@pytest.fixture
def served(made):
    """`armazem serve` as a process, on a port of its own."""
    _, environment = made
    with closing(socket_of_its_own()) as port_holder:
        port = port_holder.getsockname()[1]
    process = subprocess.Popen(
        [COMMANDS / "armazem", "serve", "--port", str(port)],
        cwd=PROJECT,
        stderr=subprocess.PIPE,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            httpx.get(f"{url}/healthz")
            break
        except httpx.ConnectError:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.1)
    yield url, process
    process.kill()
    process.wait()


def socket_of_its_own():
    import socket

    return socket.create_server(("127.0.0.1", 0))


def test_the_server_ends_when_it_has_answered_and_logs_what_it_did(served, made):
    url, process = served
    _, environment = made
    answers = []
    form = {"username": "writer", "password": PASSWORD}
    token = httpx.post(f"{url}/token", data=form, timeout=30).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "X-Request-Id": "mine-1"}

    def ask() -> None:
        answers.append(httpx.post(f"{url}/watches", json=WATCH, headers=headers, timeout=30))

    with psycopg.connect(**connection_keywords(environment)) as connection:
        connection.execute("lock marts.dim_product in access exclusive mode")
        asking = threading.Thread(target=ask)
        asking.start()
        waiting = "select 1 from pg_locks where not granted and relation::regclass::text = %s"
        while not connection.execute(waiting, ["marts.dim_product"]).fetchall():
            assert asking.is_alive()
        process.send_signal(signal.SIGTERM)
    asking.join()
    assert answers[0].status_code == 201 and answers[0].headers["x-request-id"] == "mine-1"
    assert process.wait(timeout=20) in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in process.stderr.read().splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == "mine-1"]
    assert (line["route"], line["status"], line["method"]) == ("/watches", 201, "POST")
    assert token not in json.dumps(lines) and PASSWORD not in json.dumps(lines)


def test_users_are_added_changed_listed_and_removed(made):
    def command(*arguments: str, given: str = "") -> str:
        result = CliRunner().invoke(app, ["users", *arguments], input=given)
        if result.exception:
            raise result.exception
        return result.output

    command("add", "ana", "--scope", "operate", "--password-stdin", given=f"{PASSWORD}\n")
    assert "operate" in command("list").split("ana")[1].splitlines()[0]
    for arguments, given, message in (
        (("add", "ana", "--password-stdin"), PASSWORD, "there is a user ana already"),
        (("add", "eva", "--password-stdin"), "short", "a password has 10 characters or more"),
        (("add", "eva", "--scope", "all", "--password-stdin"), PASSWORD, "'all' is no scope"),
        (("add", " eva", "--password-stdin"), PASSWORD, "a name has"),
        (("change", "ana"), "", "nothing to change"),
        (("change", "eva", "--scope", "read"), "", "there is no user eva"),
        (("remove", "eva"), "", "there is no user eva"),
    ):
        with pytest.raises(UserError, match=message):
            command(*arguments, given=given)
    command("change", "ana", "--scope", "read")
    assert "read" in command("list").split("ana")[1].splitlines()[0]
    command("remove", "ana")
    assert "ana" not in command("list")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API__SECRET_KEY", "short"),
        ("API__RATE_LIMIT", "often"),
        ("API__MAX_AGE_DAYS", "cnpj"),
        ("API__TOKEN_MINUTES", "0"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name, value):
    with variables(**{name: value}), pytest.raises(UserError, match=name):
        settings()


def test_reads_are_open_on_loopback_alone_unless_said():
    assert settings("127.0.0.1").open_reads and settings("localhost").open_reads
    assert not settings("0.0.0.0").open_reads
    with variables(API__OPEN_READS="true"):
        assert settings("0.0.0.0").open_reads
