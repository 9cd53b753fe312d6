"""Signing in and refreshing, against the simulated API over HTTP and a real PostgreSQL."""

import datetime as dt
import io
import json
import logging
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa
from commands import COMMANDS, query, variables

import armazem
from ingestion.mercadolivre.oauth import (
    AccountError,
    Accounts,
    UnansweredError,
    authorisation_url,
    challenge_of,
    exchange_code,
    new_secret,
    pasted_code,
)
from ingestion.mercadolivre.settings import Settings, settings
from simulators.mercadolivre import Faults, Server, World
from warehouse import UserError, open_warehouse
from warehouse.connection import PROJECT
from warehouse.secrets import Vault, new_key, vault

REDIRECT = "https://app.example/back"
VERIFIER = new_secret()
KEY = "A" * 43 + "="
WORLD = World(sellers=3, items=20, products=10, orders_per_day=5, seed=3)
USER = WORLD.accounts[0]


class Clock:
    """Seconds for the simulator, UTC without zone for the broker."""

    def __init__(self):
        self.seconds = 1_780_000_000.0
        self.while_asleep = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.seconds, dt.UTC).replace(tzinfo=None)

    def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= 30
        self.seconds += self.while_asleep


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def serve(monkeypatch, clock):
    """A function that starts a simulator and points the variables at it."""
    servers = []

    def start(**options) -> Server:
        options = {"client_id": "4242", "client_secret": "hush-hush", "clock": clock} | options
        server = Server(WORLD, **options)
        servers.append(server.__enter__())
        variables = {"API_URL": server.url, "AUTH_URL": server.url, "REDIRECT_URI": REDIRECT}
        variables |= {"CLIENT_ID": "4242", "CLIENT_SECRET": "hush-hush", "TIMEOUT_SECONDS": "5"}
        for name, value in variables.items():
            monkeypatch.setenv(f"MERCADOLIVRE__{name}", value)
        return server

    monkeypatch.setenv("ARMAZEM_SECRET_KEY", new_key())
    yield start
    for server in servers:
        server.__exit__()


@pytest.fixture(scope="module")
def one_environment(make_environment):
    return make_environment()


@pytest.fixture
def environment(one_environment):
    """The variables of this file's one warehouse, where nobody has signed in."""
    with variables(**one_environment):
        with open_warehouse("postgres").begin() as connection:
            connection.execute(sa.text("truncate ops.oauth_token"))
        yield one_environment


@pytest.fixture
def broker(environment, serve, clock):
    """A function that makes a broker of what the variables name."""

    def make() -> Accounts:
        warehouse = open_warehouse("postgres")
        return Accounts(warehouse, settings(), vault(), clock.now, clock.sleep)

    return make


def sign_in(server: Server, accounts: Accounts, user_id: int = USER) -> None:
    code = server.authorize(user_id, REDIRECT, challenge_of(VERIFIER))
    assert accounts.add(code, VERIFIER).user_id == user_id


def posts(server: Server) -> list[int]:
    """The statuses of the requests for tokens so far; 0 is a lost answer."""
    return [r.status for r in server.requests if r.path == "/oauth/token"]


def rows(environment) -> list[tuple]:
    return query(environment, "postgres", "select * from ops.oauth_token order by user_id")


def works(server: Server, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{server.url}/users/me", headers=headers, timeout=5).ok


def command(monkeypatch, capsys, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
    """Run the command line in this process: exit code, output, errors."""
    monkeypatch.setattr(sys, "argv", ["armazem", *arguments])
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    with pytest.raises(SystemExit) as ended:
        armazem.main()
    captured = capsys.readouterr()
    return ended.value.code, captured.out, captured.err


# Signing in


def test_an_account_signs_in_through_the_command(environment, serve):
    server = serve()
    for attempt, user_id in enumerate((USER, WORLD.accounts[1])):
        process = subprocess.Popen(
            [COMMANDS / "armazem", "auth", "mercadolivre"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        url = next(line for line in process.stdout if line.startswith("http")).strip()
        consent = requests.get(f"{url}&user_id={user_id}", allow_redirects=False, timeout=5)
        address = consent.headers["Location"]
        asked = parse_qs(urlsplit(url).query)
        assert asked["code_challenge_method"] == ["S256"] and len(asked["state"][0]) >= 32
        pasted = address if attempt else parse_qs(urlsplit(address).query)["code"][0]
        out, err = process.communicate(f"{pasted}\n", timeout=30)
        assert (process.returncode, err) == (0, "")
        nickname = WORLD.truth["users"][user_id]["nickname"]
        assert out.endswith(f"account {user_id} ({nickname}) is signed in\n")
    assert posts(server) == [200, 200]
    stored = rows(environment)
    assert [row[2] for row in stored] == sorted({USER, WORLD.accounts[1]})
    assert {(row[0], row[1], row[9], row[10]) for row in stored} == {
        ("mercadolivre", "4242", "authorised", None)
    }


def test_the_challenge_is_that_of_rfc_7636():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert 43 <= len(new_secret()) <= 128 and new_secret() != new_secret()


def test_a_code_works_only_with_its_verifier(environment, serve, broker):
    server = serve()
    accounts = broker()
    code = server.authorize(USER, REDIRECT, challenge_of(VERIFIER))
    with pytest.raises(UserError, match="the code was refused"):
        accounts.add(code, new_secret())
    assert (accounts.list(), rows(environment)) == ([], [])


def test_the_authorisation_url(serve):
    serve()
    url = authorisation_url(settings(), "a state&", "a/challenge")
    assert {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()} == {
        "response_type": "code",
        "client_id": "4242",
        "redirect_uri": REDIRECT,
        "state": "a state&",
        "code_challenge": "a/challenge",
        "code_challenge_method": "S256",
    }


@pytest.mark.parametrize(
    "pasted",
    [
        "TG-1-2",
        "  TG-1-2\r\n",
        f"{REDIRECT}?code=TG-1-2",
        f"{REDIRECT}?code=TG-1-2&state=s#_=_",
        f"{REDIRECT}?state=s&code=TG-1-2",
        "code=TG-1-2&state=s",
    ],
)
def test_what_may_be_pasted(pasted):
    assert pasted_code(pasted, "s") == "TG-1-2"


@pytest.mark.parametrize(
    ("pasted", "message"),
    [
        ("", "no code was given"),
        ("\n", "no code was given"),
        (REDIRECT, "no code was given"),
        (f"{REDIRECT}?code=TG-1-2&state=t", "another attempt"),
        (f"{REDIRECT}?error=access_denied&state=s", "consent was not given: access_denied"),
        (f"{REDIRECT}?state=s", "there is no code"),
    ],
)
def test_what_may_not(pasted, message):
    with pytest.raises(UserError, match=message):
        pasted_code(pasted, "s")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"MERCADOLIVRE__CLIENT_ID": None}, "client_id is missing: set MERCADOLIVRE__CLIENT_ID"),
        ({"MERCADOLIVRE__CLIENT_SECRET": " "}, "set MERCADOLIVRE__CLIENT_SECRET"),
        ({"MERCADOLIVRE__REDIRECT_URI": None}, "set MERCADOLIVRE__REDIRECT_URI"),
        ({"MERCADOLIVRE__CLIENT_SECRET": "another"}, "wrong client id or secret"),
        ({"MERCADOLIVRE__CLIENT_ID": "1"}, "wrong client id or secret"),
        ({"MERCADOLIVRE__API_URL": "http://127.0.0.1:1"}, "cannot reach 127.0.0.1:1"),
        ({"ARMAZEM_SECRET_KEY": None}, "is missing: make one with: armazem auth new-key"),
        ({"ARMAZEM_SECRET_KEY": "hunter2"}, "key 1 is not a Fernet key: make one"),
        ({}, "the code was refused"),
    ],
)
def test_bad_configuration_gets_one_line(
    environment, serve, monkeypatch, capsys, variables, message
):
    serve()
    for name, value in variables.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    code, _, err = command(monkeypatch, capsys, "auth", "mercadolivre", stdin="TG-wrong-1\n")
    assert (code, err.count("\n"), err.startswith("error: ")) == (1, 1, True)
    assert message in err
    assert "hush" not in err and "hunter2" not in err and "TG-wrong" not in err


def test_a_fresh_key_is_printed(monkeypatch, capsys):
    code, out, _ = command(monkeypatch, capsys, "auth", "new-key")
    keys = Vault([out.strip()])
    assert (code, keys.decrypt(keys.encrypt("é"))) == (0, "é")


# Refreshing


def test_tokens_are_refreshed_in_time_and_stored_encrypted(
    environment, serve, broker, clock, caplog
):
    caplog.set_level(logging.DEBUG)
    server = serve(expires_in=600)  # to be renewed in its last 60 seconds
    accounts = broker()
    sign_in(server, accounts)
    first, before = accounts.token(USER), rows(environment)
    clock.seconds += 539
    assert (accounts.token(USER), broker().token(USER)) == (first, first)
    clock.seconds += 1
    second = accounts.token(USER)
    assert second != first and posts(server) == [200, 200] and works(server, second)
    assert broker().token(USER) == second, "another broker finds what this one stored"
    after = rows(environment)
    assert (after[0][6] - before[0][6]).total_seconds() == 540, "expires_at is what was told"
    assert after[0][4] != before[0][4] and after[0][5] != before[0][5]
    keys = vault()
    tokens = [keys.decrypt(value) for row in before + after for value in row[4:6]]
    assert tokens[::2] == [first, second] and all(t.startswith("TG-") for t in tokens[1::2])
    seen = f"{before}{after}{caplog.text}{accounts!r}{vars(accounts)}{accounts.list()}{keys}"
    assert not [token for token in tokens if token in seen]
    assert "hush-hush" not in seen and "hush-hush" not in f"{settings()}{settings()!r}"
    assert posts(server) == [200, 200]


def test_the_margin_is_two_minutes_of_a_long_life(serve, broker, clock):
    server = serve(expires_in=21_600)
    accounts = broker()
    sign_in(server, accounts)
    first = accounts.token(USER)
    clock.seconds += 21_600 - 121
    assert accounts.token(USER) == first
    clock.seconds += 1
    assert accounts.token(USER) != first


def test_tokens_come_from_memory(serve, broker, clock):
    server = serve()
    sign_in(server, broker())
    accounts, connections = broker(), []
    sa.event.listen(accounts._warehouse.engine, "connect", lambda *_: connections.append(1))
    tokens = {accounts.token(USER) for _ in range(100)}
    assert (len(tokens), len(connections)) == (1, 1)
    assert len({accounts.app_token() for _ in range(100)}) == 1
    assert posts(server) == [200, 200]
    clock.seconds += 21_600
    accounts.app_token()
    assert (len(connections), len(posts(server))) == (1, 3)


def test_a_refused_token_is_renewed_unless_it_is_new(serve, broker, clock):
    server = serve()
    accounts = broker()
    sign_in(server, accounts)
    first = accounts.token(USER)
    clock.seconds += 59
    assert accounts.renew(USER, first) == first and broker().renew(USER, first) == first
    assert len(posts(server)) == 1, "a minute-old token is good: the 401 means something else"
    other = broker()
    assert other.token(USER) == first
    clock.seconds += 1
    second = accounts.renew(USER, first)
    assert second != first and len(posts(server)) == 2
    assert accounts.renew(USER, first) == second and accounts.token(USER) == second
    assert other.token(USER) == first, "still in its memory"
    assert other.renew(USER, first) == second == other.token(USER)
    clock.seconds += 3_600
    assert broker().renew(USER, first) == second, "somebody renewed it long ago"
    assert len(posts(server)) == 2


def test_many_threads_refresh_once(serve, broker, clock):
    server = serve(faults=Faults(oauth=True, slow=1.0, slow_seconds=0.1))
    accounts, count = broker(), 24
    sign_in(server, accounts)

    def together(what, *arguments) -> set[str]:
        barrier = Barrier(count)

        def one(_: int) -> str:
            barrier.wait()
            return what(*arguments)

        with ThreadPoolExecutor(count) as pool:
            return set(pool.map(one, range(count)))

    for refreshes in (1, 2):
        clock.seconds += 21_600
        assert len(together(accounts.token, USER)) == 1
        assert len(posts(server)) == 2 * refreshes
        clock.seconds += 100
        stale = accounts.token(USER)
        assert together(accounts.renew, USER, stale).isdisjoint({stale})
        assert len(posts(server)) == 2 * refreshes + 1
    before = len(posts(server))
    assert len(together(accounts.app_token)) == 1 and len(posts(server)) == before + 1
    assert set(posts(server)) == {200} and works(server, accounts.token(USER))


WORKER = """
import sys
from ingestion.mercadolivre.oauth import Accounts
from ingestion.mercadolivre.settings import settings
from warehouse import open_warehouse
from warehouse.secrets import vault

warehouse = open_warehouse("postgres", migrate=False)
print("ready", flush=True)
for line in sys.stdin:
    print(Accounts(warehouse, settings(), vault()).token(int(line)), flush=True)
"""


def test_processes_that_refresh_at_once_do_not_burn_the_token(environment, serve):
    server = serve(clock=None, faults=Faults(oauth=True, slow=1.0, slow_seconds=0.15))
    accounts = Accounts(open_warehouse(), settings(), vault())
    sign_in(server, accounts)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([sys.executable, "-c", WORKER], **pipes) for _ in range(2)]
    assert {worker.stdout.readline() for worker in workers} == {"ready\n"}
    rounds = 4
    expire = sa.text("update ops.oauth_token set expires_at = now() - interval '1 second'")
    seen = set()
    for _ in range(rounds):
        with accounts._warehouse.begin() as connection:
            connection.execute(expire)
        for worker in workers:
            worker.stdin.write(f"{USER}\n")
            worker.stdin.flush()
        tokens = {worker.stdout.readline().strip() for worker in workers}
        assert len(tokens) == 1 and works(server, *tokens)
        seen |= tokens
    for worker in workers:
        worker.communicate()
        assert worker.returncode == 0
    assert len(seen) == rounds
    assert posts(server) == [200] * (1 + rounds)
    fresh = Accounts(open_warehouse(), settings(), vault())
    assert works(server, fresh.token(USER)) and len(posts(server)) == 1 + rounds


# What goes wrong


def test_a_revoked_account_must_sign_in_again(environment, serve, broker, clock):
    server = serve()
    accounts = broker()
    sign_in(server, accounts)
    sign_in(server, accounts, WORLD.accounts[1])
    server.revoke(USER)
    clock.seconds += 100
    with pytest.raises(AccountError, match=r"armazem auth mercadolivre$") as raised:
        accounts.renew(USER, accounts.token(USER))
    nickname = WORLD.truth["users"][USER]["nickname"]
    assert str(raised.value).startswith(f"account {USER} ({nickname}) must be authorised again")
    assert posts(server) == [200, 200, 400]
    assert {a.user_id: a.status for a in accounts.list()} == {
        USER: "reauthorise",
        WORLD.accounts[1]: "authorised",
    }
    assert "invalid_grant" in str(rows(environment))
    clock.seconds += 21_600
    for make in (lambda: accounts, broker):
        with pytest.raises(AccountError):
            make().token(USER)
    assert len(posts(server)) == 3, "it is not asked for again"
    sign_in(server, broker())
    assert accounts.token(USER) and {a.status for a in accounts.list()} == {"authorised"}


def test_an_account_that_never_signed_in(serve, broker):
    serve()
    with pytest.raises(AccountError, match="account 7 never signed in"):
        broker().token(7)


@pytest.mark.parametrize(("fault", "is_obeyed"), [("drop", True), ("error_500", False)])
def test_a_lost_answer_changes_nothing_here(environment, serve, broker, clock, fault, is_obeyed):
    server = serve()
    accounts = broker()
    for user_id in WORLD.accounts:  # of several, some answers are lost wholly and some by half
        sign_in(server, accounts, user_id)
    before, count = rows(environment), len(posts(server))
    clock.seconds += 21_600
    server.faults = Faults(seed=1, oauth=True, **{fault: 1.0})
    for user_id in WORLD.accounts:
        for _ in range(3):
            with pytest.raises(UnansweredError, match=r"127\.0\.0\.1:\d+ .* was lost") as raised:
                accounts.token(user_id)
            assert not isinstance(raised.value, AccountError)
            assert str(raised.value).count("\n") == 0 and raised.value.__cause__ is None
        count += 1
        assert len(posts(server)) == count, "not asked for again at once"
    assert rows(environment) == before
    server.faults = Faults()
    if is_obeyed:  # the next run finds out that the token is used up
        with pytest.raises(AccountError, match="invalid_grant"):
            broker().token(USER)
    else:
        assert works(server, broker().token(USER))
        clock.seconds += 60
        assert works(server, accounts.token(WORLD.accounts[1])), "nor has a long run given up"


def test_too_many_requests_are_waited_for(serve, broker, clock):
    server = serve(rate_per_hour=2)  # which signing in uses up
    accounts = broker()
    sign_in(server, accounts)
    with pytest.raises(UserError, match="too many requests"):
        accounts.app_token()
    assert posts(server) == [200] + [429] * 5
    clock.while_asleep = 1_800
    accounts.app_token()
    assert posts(server)[6:] == [429, 200]


def test_refreshing_with_a_wrong_secret_or_key(environment, serve, broker, clock, monkeypatch):
    server = serve()
    sign_in(server, broker())
    before = rows(environment)
    clock.seconds += 21_600
    with monkeypatch.context() as wrong:
        wrong.setenv("MERCADOLIVRE__CLIENT_SECRET", "another")
        with pytest.raises(UserError, match="wrong client id or secret"):
            broker().token(USER)
        with pytest.raises(UserError, match="wrong client id or secret"):
            broker().app_token()
    asked = len(posts(server))
    with monkeypatch.context() as wrong:
        wrong.setenv("ARMAZEM_SECRET_KEY", new_key())
        with pytest.raises(UserError, match="ARMAZEM_SECRET_KEY does not open") as raised:
            broker().token(USER)
        assert "\n" not in str(raised.value)
    assert rows(environment) == before
    assert len(posts(server)) == asked, "a token that cannot be read or written is not asked for"
    former, former_key = vault(), os.environ["ARMAZEM_SECRET_KEY"]
    monkeypatch.setenv("ARMAZEM_SECRET_KEY", f"{new_key()},{former_key}")
    assert works(server, broker().token(USER)), "a new key in front of the former"
    with pytest.raises(UserError):
        former.decrypt(rows(environment)[0][5])


class Oddities(BaseHTTPRequestHandler):
    """Answers to POST what the test put into ``answers``: status, body."""

    answers: list[tuple[int, bytes]] = []
    received: Counter[str] = Counter()

    def do_POST(self):  # noqa: N802
        self.received[self.path] += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = self.answers.pop(0)
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, b"<html>", "was lost (JSONDecodeError)"),
        (200, b"[]", "was lost (ValidationError)"),
        (200, b'{"access_token": "SECRET", "expires_in": "soon"}', "was lost (ValidationError)"),
        (200, b'{"access_token": "", "expires_in": 9}', "was lost (ValidationError)"),
        (307, b"{}", "was lost (ValidationError)"),
        (502, b"{}", "was lost (HTTP 502)"),
        (403, b'{"code": "PA", "message": "no\\n hush-hush"}', "gives no token: PA: no …"),
        (400, b'{"error": "invalid_operator_user_id"}', "no token: invalid_operator_user_id"),
    ],
)
def test_odd_answers(serve, monkeypatch, status, body, message):
    serve()
    monkeypatch.setattr(Oddities, "answers", [(status, body)])
    monkeypatch.setattr(Oddities, "received", Counter())
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Oddities)
    thread = Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("MERCADOLIVRE__API_URL", f"http://127.0.0.1:{listener.server_port}/")
    try:
        with pytest.raises(UserError) as raised:
            exchange_code(settings(), "TG-1", VERIFIER)
    finally:
        listener.shutdown()
        listener.server_close()
    assert message in str(raised.value)
    assert "\n" not in str(raised.value) and "SECRET" not in str(raised.value)
    assert Oddities.received == {"/oauth/token": 1}


def test_tokens_have_one_home(serve, environment):
    serve()
    with pytest.raises(ValueError, match="PostgreSQL"):
        Accounts(open_warehouse("duckdb"), settings(), vault())
    tables = query(environment, "duckdb", "select table_name from information_schema.tables")
    assert ("load_ledger",) in tables and ("oauth_token",) not in tables


# Settings and keys


def test_defaults(serve):
    serve()
    read = settings()
    assert isinstance(read, Settings)
    assert (read.site, read.requests_per_hour, read.workers) == ("MLB", 18_000, 8)
    assert (read.categories, read.contexts()) == ("used", ["channel_marketplace"])
    assert read.watchlist == str(PROJECT / "seeds" / "watched_products.csv")


def test_values_are_read(serve, monkeypatch):
    serve()
    given = {"WORKERS": "3", "TIMEOUT_SECONDS": "2.5", "WATCH_OWN_CATALOGUE": "false"}
    given |= {"PRICE_CONTEXTS": "a,b; c", "WATCHLIST": "", "API_URL": "http://x/"}
    for name, value in given.items():
        monkeypatch.setenv(f"MERCADOLIVRE__{name}", value)
    monkeypatch.setenv("SITE", "MLA")  # belongs to somebody else
    read = settings()
    assert (read.workers, read.timeout_seconds, read.watch_own_catalogue) == (3, 2.5, False)
    assert (read.contexts(), read.watchlist, read.api_url) == (["a,b", "c"], None, "http://x")
    assert read.site == "MLB"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WORKERS", "many"), ("WORKERS", "0"), ("WORKERS", "2.5"), ("WORKERS", ""),
        ("REQUESTS_PER_HOUR", "-1"), ("TIMEOUT_SECONDS", "nan"), ("TIMEOUT_SECONDS", "inf"),
        ("CATEGORIES", "some"), ("SITE", "mlb"), ("PRICE_CONTEXTS", " ; "),
        ("API_URL", "ftp://x"), ("API_URL", "api.mercadolibre.com"), ("API_URL", "http://a b/"),
        ("AUTH_URL", "https://"), ("AUTH_URL", "https://x:port"),
        ("REDIRECT_URI", "http://localhost"), ("WATCH_OWN_CATALOGUE", "maybe"),
    ],
)  # fmt: skip
def test_wrong_values_get_one_line(serve, monkeypatch, name, value):
    serve()
    monkeypatch.setenv(f"MERCADOLIVRE__{name}", value)
    with pytest.raises(UserError) as raised:
        settings()
    message = str(raised.value)
    assert message.startswith(f"mercadolivre: {name.lower()} must be ") or "must name" in message
    assert message.endswith(f": check MERCADOLIVRE__{name}") and "\n" not in message


def test_settings_in_dlts_files(tmp_path):
    (tmp_path / ".dlt").mkdir()
    secrets = tmp_path / ".dlt" / "secrets.toml"
    secrets.write_text('[mercadolivre]\nclient_id = 12\nclient_secret = "s"\nworkers = 3\n')
    script = (
        "import json; from ingestion.mercadolivre.settings import settings; s = settings();"
        "print(json.dumps([s.client_id, s.client_secret, s.workers]))"
    )
    read = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=True
    )
    assert json.loads(read.stdout) == ["12", "s", 3]


def test_keys_rotate_and_pseudonyms_stay():
    old, new = new_key(), new_key()
    before, after = Vault([old]), Vault([new, old])
    assert after.decrypt(before.encrypt("x")) == "x"
    assert before.encrypt("x") != before.encrypt("x")
    with pytest.raises(UserError, match="does not open"):
        before.decrypt(after.encrypt("x"))
    assert before.pseudonym(5) == after.pseudonym("5") != Vault([new]).pseudonym(5)
    assert len(before.pseudonym(5)) == 32 and before.pseudonym(5) != before.pseudonym(6)
    assert old not in f"{before!r}{vars(before)}"
    with pytest.raises(ValueError):
        before.pseudonym(None)


@pytest.mark.parametrize("value", ["", " , ", "short", "é" * 44, f"{KEY},x", f"*{KEY}"])
def test_bad_keys_get_one_line(monkeypatch, value):
    monkeypatch.setenv("ARMAZEM_SECRET_KEY", value)
    with pytest.raises(UserError, match="armazem auth new-key") as raised:
        vault()
    assert "\n" not in str(raised.value)
