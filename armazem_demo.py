"""The demo: the main job on invented data, from the sources to those who are told.

As `armazem.py`, it composes the rooms beside it. Whatever a run did before is not done again.
"""

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import requests

from warehouse import UserError, Warehouse, open_warehouse
from warehouse.build import build
from warehouse.connection import PROJECT, home
from warehouse.ledger import newest

MONTHS = 3
DAYS = (30, 7, 7)  # of the marketplace, before each month's build
USER, CHAT = "demo", "1"
# the price that somebody watches, in percent of what it was
FALL = 80
SHOWN = 300  # characters of an answer
CONSENT = "https://demo.example/"


class Demo:
    """One run over a warehouse; ``show_table`` takes column names, rows and a title."""

    def __init__(self, warehouse: Warehouse, companies: int, show_table: Callable[..., None]):
        self.warehouse, self.companies, self.show_table = warehouse, companies, show_table
        self.timings: list[tuple[str, str]] = []
        self._open = ExitStack()  # the marketplace, until the last that is asked of it

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.timings.append((step, f"{time.monotonic() - started:.1f}"))

    def load_and_build(self) -> None:
        """Months of both worlds, each built and tested before the next.

        Raises UserError in a warehouse that holds a registry of another kind.
        """
        from ingestion.cnpj import find_release
        from ingestion.cnpj.load import load, loaded_release
        from simulators.cnpj import World

        with self._timed(f"simulate {MONTHS} months of {self.companies:,} companies"):
            registry = World(self.companies, seed=1, first_month="2026-05")
            registered = registry.statuses()
            releases = registry.publish(home() / "demo", months=MONTHS)
        with self.warehouse.begin() as connection:
            loaded = loaded_release(connection)
        if loaded and loaded[1] not in [release.extraction_date for release in releases]:
            raise UserError(
                f"this warehouse holds the real release {loaded[0]}: run the demo elsewhere, as in"
                " ARMAZEM_HOME=/tmp/demo make demo"
            )
        with self._timed("load the code lists"):
            self._load_reference()
        headquarters = {status: cnpj for cnpj, status, *_ in registered if cnpj[8:12] == "0001"}
        self._open_marketplace([headquarters[status] for status in ("02", "04", "03")])
        for release, days in zip(releases, DAYS, strict=True):
            self._load_marketplace(days)
            if loaded and release.extraction_date < loaded[1]:
                print(f"{release.month}: known already")
                continue
            if not loaded or release.extraction_date > loaded[1]:
                with self._timed(f"load {release.month}"):
                    result = load(self.warehouse, find_release([release.path]))
                print(f"{release.month}: {result.total('loaded_rows'):,} rows loaded")
            with self._timed(f"build and test {release.month}"):
                built = build(self.warehouse)
            print(f"{release.month}: {built.passed} models and tests passed, {built.warned} warned")

    def answer_questions(self) -> None:
        """What `analyses` asks."""
        from warehouse.reader import read

        for path in sorted((PROJECT / "analyses").glob("*.sql")):
            question, _, query = path.read_text().partition("\n")
            if self.warehouse.is_postgres or "operations" not in question:
                title = question.removeprefix("-- ")
                self.show_table(*read(self.warehouse, query), title=title)

    def serve(self) -> None:
        """A price that is watched falls, its owner is told, and the API answers questions."""
        from serving.api.app import create_app
        from serving.api.server import running
        from serving.api.settings import settings
        from serving.api.telemetry import configure_logs

        configure_logs(least="warning")
        with self._timed("watch a price, let it fall, tell"), self._open:
            item = min(
                item.id
                for item in self.market.items.values()
                if self.market.sellers[item.seller_id].own and item.status == "active"
            )
            with running(create_app(self.warehouse, settings())) as url:
                self._watch(url, item)
                self._let_fall(item)
                self._ask(url, item)

    def show_timings(self) -> None:
        self.show_table(["step", "seconds"], self.timings, title="Seconds per step")

    # The sources

    def _load_reference(self) -> None:
        from ingestion.reference import Settings
        from ingestion.reference.load import load
        from simulators.cnpj import World
        from simulators.reference import Server

        news = "known already"
        if "reference" not in [source for source, *_ in newest(self.warehouse)]:
            with Server(World(companies=2)) as server:
                settings = Settings()
                settings.ibge_url, settings.tabmun_url = server.ibge_url, server.tabmun_url
                entries = load(self.warehouse, settings)
            news = f"{sum(entry.loaded_rows for entry in entries):,} rows loaded"
        print(f"reference: {news}")

    def _open_marketplace(self, cnpjs: list[str]) -> None:
        """A marketplace behind its API, which has its faults; own accounts have the CNPJs."""
        from ingestion.mercadolivre.oauth import Accounts
        from ingestion.mercadolivre.settings import Settings
        from simulators.mercadolivre import Faults, Server, World
        from warehouse.secrets import Vault

        self.market = World(products=80, seed=1, duplicates=2, cnpjs=cnpjs)
        watched = home() / "demo" / "watched_products.csv"
        watched.write_text("\n".join(["product_id", *self.market.products]))
        faults = Faults(seed=1, drop=0.005, error_500=0.005, malformed_element=0.005)
        self.state = self.warehouse if self.warehouse.is_postgres else open_warehouse()
        self.vault = Vault([base64.urlsafe_b64encode(b"armazem demo".ljust(32)).decode()])
        server = Server(self.market, "demo", "demo", faults, rate_per_hour=10**8)
        self._open.enter_context(server)
        self.app = Settings()
        self.app.client_id, self.app.client_secret = "demo", "demo"
        self.app.redirect_uri, self.app.api_url = CONSENT, server.url
        self.app.watchlist, self.app.requests_per_hour = str(watched), 10**8
        for user_id in self.market.accounts:
            Accounts(self.state, self.app, self.vault).add(server.authorize(user_id, CONSENT), "")

    def _load_marketplace(self, days: int) -> None:
        """Let days pass and load what is new, unless the warehouse knows it already."""
        from ingestion.mercadolivre.load import Loader

        with self._timed(f"load the marketplace, {days} days on"):
            for _ in range(days):
                self.market.tick()
            known = {source: as_of for source, as_of, _ in newest(self.warehouse)}
            news = "known already"
            if "mercadolivre" not in known or known["mercadolivre"].date() < self.market.now.date():
                with Loader(
                    self.warehouse, self.state, self.app, self.vault, backoff=0.01
                ) as loader:
                    news = f"{loader.load().loaded('orders'):,} orders loaded"
        print(f"marketplace: {news}")

    # Those who are served

    def _watch(self, url: str, item: str) -> None:
        """Have a user who is told when the listing costs 5 % less, by way of the API."""
        from serving import users

        password = secrets.token_urlsafe(16)
        if USER in [name for name, *_ in users.users(self.warehouse)]:
            users.change(self.warehouse, USER, password, None)
        else:
            users.add(self.warehouse, USER, password, ["read", "write"])
        form = {"username": USER, "password": password}
        token = _answered(requests.post(f"{url}/token", data=form, timeout=30))["access_token"]
        owner = {"Authorization": f"Bearer {token}"}
        watch = {"item_id": item, "fall_percent": 5, "channel": "telegram", "destination": CHAT}
        known = _answered(requests.get(f"{url}/watches", headers=owner, timeout=30))["data"]
        if not known:
            _answered(requests.post(f"{url}/watches", json=watch, headers=owner, timeout=30))
        print(f"\nwatched: {item}, by the user {USER} of the API, for 5 % less")

    def _let_fall(self, item: str) -> None:
        """Let the price fall, load and build that, and send what there is to tell; twice."""
        from serving.alerts.send import send
        from serving.alerts.settings import Settings
        from simulators.telegram import Server

        with Server(chats=[CHAT]) as telegram:
            settings = Settings()
            settings.telegram_url, settings.telegram_token = telegram.url, telegram.token
            before = send(self.warehouse, settings)["sent"]
            self.market.reprice(item, FALL)
            self._load_marketplace(1)
            build(self.warehouse, "source:mercadolivre+", "source:ops+")
            sent = [send(self.warehouse, settings)["sent"] for _ in range(2)]
        print(f"messages before the price fell: {before}; after: {sent[0]}; sent again: {sent[1]}")
        for message in telegram.messages:
            print("\n".join(f"    | {line}" for line in message.text.splitlines()))
        if not telegram.messages:
            print("(it was told in a run before: armazem alerts list)")

    def _ask(self, url: str, item: str) -> None:
        """Five questions, as anybody may ask them."""
        paths = (
            "/search?uf=SP&cnae=47&status=active&limit=1",
            "/sales/top?limit=2",
            f"/price-history?item={item}&limit=2",
            "/changes?since=2026-06-01&limit=2",
        )
        with requests.Session() as session:
            found = _answered(session.get(f"{url}{paths[0]}", timeout=30))["data"]
            print(f"\nThe API, at {url} for now; `armazem serve` has it at http://127.0.0.1:8000")
            for path in (f"/company/{found[0]['cnpj']}", *paths):
                text = session.get(f"{url}{path}", timeout=30).text
                more = " ..." if len(text) > SHOWN else ""
                print(f"\n$ curl '{url}{path}'\n{text[:SHOWN]}{more}")


def _answered(response: requests.Response) -> Any:
    """The JSON of an answer. Raises UserError, with what the API says, when it is a problem."""
    body = response.json()
    if not response.ok:
        raise UserError(f"the API says: {body['detail']}")
    return body
