"""HTTP to shops, with manners: robots.txt, one request at a time, delays, and no way inside."""

import datetime as dt
import random
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from protego import Protego
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from ingestion.pages.hosts import Hosts, Refused, parse_address
from ingestion.pages.settings import Settings
from ingestion.retries import retry_after

ATTEMPTS = 3  # of a request that is answered 429 or 5xx, or not at all
REDIRECTS = 5
ROBOTS_AGE = dt.timedelta(days=1)
ROBOTS_RETRY = dt.timedelta(hours=1)  # where it could not be had
ROBOTS_BYTES = 500_000
MOST_WAIT = dt.timedelta(days=30)  # whatever a server asks for
TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})


class Clock:
    """The time, and how to let it pass."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Failed(Exception):  # noqa: N818
    """A page that is not had, by the class of its dead letter; ``status`` where there was one."""

    def __init__(self, error_class: str, message: str, status: int | None = None, url: str = ""):
        super().__init__(message)
        self.error_class, self.message = error_class, message[:500]
        self.status, self.url = status, url


class Impatient(Exception):  # noqa: N818
    """A host wants to wait longer than we do: its pages are for a later load."""


@dataclass(frozen=True)
class Answer:
    """A page, or with status 304 that it is the one known. ``url`` is where it comes from."""

    url: str
    status: int
    body: bytes
    charset: str | None
    etag: str | None
    last_modified: str | None


@dataclass
class Host:
    """What is known of an origin (``https://loja.example``): when it may be asked, and for what."""

    origin: str
    robots: str | None = None  # None: it could not be had
    robots_at: dt.datetime | None = None
    retry_at: dt.datetime | None = None  # no earlier, says the server
    free_at: dt.datetime | None = None  # no earlier, by our own delay
    crawl_delay: float = 0.0

    def ready_at(self, now: dt.datetime) -> dt.datetime:
        return max(now, self.retry_at or now, self.free_at or now)


class Fetcher:
    """Asks for pages, one at a time. ``known`` are hosts of earlier loads; ``touched`` has changed.

    A context manager. ``sent`` counts the requests, those for robots.txt included.
    """

    def __init__(self, settings: Settings, known: Iterable[Host] = (), clock: Clock | None = None):
        self.hosts = settings.hosts()
        self.clock = clock or Clock()
        self.touched: dict[str, Host] = {}
        self.sent = 0
        self._settings = settings
        self._known = {host.origin: host for host in known}
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy would ask for what we must not, .netrc would sign
        self._session.headers = {
            "User-Agent": settings.user_agent,
            "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
            "Accept-Encoding": "gzip, deflate",
        }
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Guarded(self.hosts))

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def ready_at(self, url: str) -> dt.datetime:
        """When the host of an address may be asked next."""
        now = self.clock.now()
        try:
            return self._host(url).ready_at(now)
        except ValueError:
            return now

    def get(self, url: str, etag: str | None = None, last_modified: str | None = None) -> Answer:
        """The page at an address, or 304 where it is as the validators say.

        Raises Failed, and Impatient before a wait that is longer than the user's patience.
        """
        asked = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in asked.items() if value}
        for _ in range(REDIRECTS + 1):
            self._require_allowed(url)
            response, body = self._patiently(url, headers)
            location = response.headers.get("Location")
            if not (response.is_redirect and location):
                return _answer(url, response, body, bool(headers))
            url = _target(url, location)
        raise Failed("too_many_redirects", f"more than {REDIRECTS} redirects", None, url)

    def resource(self, url: str) -> tuple[requests.Response, bytes]:
        """What a page's script asks for: of the same hosts, with no delay. Raises Failed.

        Neither robots.txt nor Retry-After is looked at, and redirects are not followed.
        """
        self._require_host(url)
        return self._once(url, {})

    def _require_host(self, url: str) -> None:
        try:
            self.hosts.require(url)
        except Refused as why:
            raise Failed("refused_host", str(why), None, url) from None

    def _require_allowed(self, url: str) -> None:
        self._require_host(url)
        host = self._host(url)
        age = ROBOTS_RETRY if host.robots is None else ROBOTS_AGE
        if not host.robots_at or self.clock.now() - host.robots_at > age:
            self._wait(host)
            host.robots, host.robots_at = self._robots(host.origin), self.clock.now()
            self.touched[host.origin] = host
        if host.robots is None:
            raise Failed("robots_unreachable", f"{host.origin}/robots.txt cannot be had", None, url)
        rules, agent = Protego.parse(host.robots), self._settings.user_agent
        host.crawl_delay = rules.crawl_delay(agent) or 0.0
        if not rules.can_fetch(url, agent):
            raise Failed("robots", f"{host.origin}/robots.txt forbids it", None, url)

    def _robots(self, origin: str) -> str | None:
        """The rules of a host: empty where it has none, None where that is not known (RFC 9309).

        Raises Failed where the host must not be asked at all.
        """
        url = f"{origin}/robots.txt"
        try:
            for _ in range(REDIRECTS + 1):
                self.hosts.require(url)
                response, body = self._once(url, {}, ROBOTS_BYTES)
                location = response.headers.get("Location")
                if not (response.is_redirect and location):
                    break
                url = _target(url, location)
        except Refused:
            return None
        except Failed as failure:
            if failure.error_class == "refused_host":  # so is all of it
                raise
            return None
        if response.ok:
            return body.decode("utf-8", "replace").replace("\0", "")
        return "" if 400 <= response.status_code < 500 and response.status_code != 429 else None

    def _patiently(self, url: str, headers: dict[str, str]) -> tuple[requests.Response, bytes]:
        """Ask when the host may be asked; again where that may help. Raises Failed, Impatient."""
        host = self._host(url)
        for attempt in range(1, ATTEMPTS + 1):
            self._wait(host)
            try:
                response, body = self._once(url, headers)
            except Failed as failure:
                if failure.error_class != "unreachable" or attempt == ATTEMPTS:
                    raise
                continue
            finally:
                self._pause(host, 2 ** (attempt - 1))
            asked = retry_after(response) if response.status_code in TRANSIENT else None
            if asked:
                wait = min(dt.timedelta(seconds=min(asked, 1e9)), MOST_WAIT)
                host.retry_at = self.clock.now() + wait
                self.touched[host.origin] = host
            is_worth_it = not asked or asked <= self._settings.patience_seconds
            if response.status_code not in TRANSIENT or attempt == ATTEMPTS or not is_worth_it:
                return response, body
        raise AssertionError("unreachable")

    def _wait(self, host: Host) -> None:
        now = self.clock.now()
        seconds = (host.ready_at(now) - now).total_seconds()
        if seconds > self._settings.patience_seconds:
            raise Impatient(f"{host.origin} wants to wait {seconds:.0f} s")
        if seconds > 0:
            self.clock.sleep(seconds)

    def _pause(self, host: Host, times: int) -> None:
        delay = max(self._settings.delay_seconds, host.crawl_delay) * times
        seconds = min(delay * random.uniform(1, 1.5), MOST_WAIT.total_seconds())
        host.free_at = self.clock.now() + dt.timedelta(seconds=seconds)

    def _once(
        self, url: str, headers: dict[str, str], most: int | None = None
    ) -> tuple[requests.Response, bytes]:
        """One request, with all of its answer. Raises Failed."""
        most, timeout = most or self._settings.largest_bytes, self._settings.timeout_seconds
        deadline = time.monotonic() + timeout
        self.sent += 1
        try:
            with self._session.get(
                url, headers=headers, timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                body = bytearray()
                for piece in response.iter_content(16_384):
                    body += piece
                    if len(body) > most:
                        status = response.status_code
                        raise Failed("too_large", f"more than {most:,} bytes", status, url)
                    if time.monotonic() > deadline:
                        raise Failed("timeout", f"not complete after {timeout:g} s", None, url)
                return response, bytes(body)
        except Refused as why:
            raise Failed("refused_host", str(why), None, url) from None
        except requests.Timeout:
            raise Failed("timeout", f"no answer within {timeout:g} s", None, url) from None
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise Failed("unreachable", type(error).__name__, None, url) from None

    def _host(self, url: str) -> Host:
        """Raises ValueError when there is none."""
        parts = parse_address(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        return self._known.setdefault(origin, Host(origin))


def _target(url: str, location: str) -> str:
    """Where a redirect leads to. Raises Failed when that is no address."""
    try:
        return urljoin(url, location)
    except ValueError:
        raise Failed("refused_host", f"{location[:200]!r} is no address", None, url) from None


def _answer(url: str, response: requests.Response, body: bytes, is_conditional: bool) -> Answer:
    status, kind = response.status_code, response.headers.get("Content-Type", "")
    if status != 200 and not (status == 304 and is_conditional):
        raise Failed(f"http_{status}", f"HTTP {status}", status, url)
    if status == 200 and kind and "html" not in kind.lower():
        raise Failed("no_html", f"a document of type {kind[:100]}", status, url)
    charset = re.search(r"charset=[\"']?([\w-]{1,40})", kind, re.IGNORECASE)
    etag, modified = (response.headers.get(name) for name in ("ETag", "Last-Modified"))
    return Answer(url, status, body, charset and charset[1], _header(etag), _header(modified))


def _header(value: str | None) -> str | None:
    """A validator that can be sent back."""
    return value if value and value.isascii() and value.isprintable() and len(value) < 500 else None


class _Guarded(HTTPAdapter):
    """Connects to allowed hosts at public addresses only, wherever a name leads at that moment."""

    def __init__(self, hosts: Hosts):
        self._hosts = hosts
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        pools = {}
        for scheme, pool, base in (
            ("http", HTTPConnectionPool, HTTPConnection),
            ("https", HTTPSConnectionPool, HTTPSConnection),
        ):
            connection = type("Guarded", (_Checked, base), {"hosts": self._hosts})
            pools[scheme] = type("GuardedPool", (pool,), {"ConnectionCls": connection})
        self.poolmanager.pool_classes_by_scheme = pools


class _Checked:
    """A connection to an address that was looked at, not to a name that is looked up again.

    The name is the one that is connected to: it is checked here, however the address was read.
    """

    hosts: Hosts

    def _new_conn(self) -> Any:
        name, failure = self._dns_host, None
        try:
            for address in self.hosts.addresses(name, self.port):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError) as error:
                    failure = error
        finally:
            self._dns_host = name  # certificates are of the name
        raise failure or OSError(f"{name} has no address")
