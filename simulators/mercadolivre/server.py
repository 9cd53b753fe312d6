"""HTTP on loopback: tokens, the rate limit, faults and the log around the endpoints."""

import datetime as dt
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from random import Random
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from simulators.loopback import Handler, Loopback
from simulators.mercadolivre.api import CAPABILITIES, Answer, Api, Call
from simulators.mercadolivre.errors import Refusal, bad_request, refusal, too_many_requests
from simulators.mercadolivre.faults import Faults, malform
from simulators.mercadolivre.oauth import Access, Tokens
from simulators.mercadolivre.world import World


class Request(NamedTuple):
    """One line of the log. ``status`` is 0 when the connection was dropped."""

    method: str
    path: str  # with its query
    status: int
    client: str | None  # None when no valid token or client_id came along


class Server(Loopback):
    """The API over a world, on loopback, while in its ``with`` block.

    ``clock`` gives seconds, for tokens, scrolls and the rate limit; by default, the computer's.
    A client may send ``burst`` requests at once (without it, an hour's) and ``rate_per_hour`` over
    each hour.
    ``capabilities`` tells which groups of endpoints the app may use; it may be changed at any time.
    Raises ValueError for an unknown capability.
    """

    def __init__(
        self,
        world: World,
        client_id: str = "1234567890",
        client_secret: str = "secret",
        faults: Faults | None = None,
        rate_per_hour: int = 18_000,
        clock: Callable[[], float] | None = None,
        capabilities: Mapping[str, bool] | None = None,
        expires_in: int = 21_600,
        port: int = 0,
        burst: int | None = None,
    ):
        if unknown := set(capabilities or ()) - set(CAPABILITIES):
            raise ValueError(f"no such capabilities: {sorted(unknown)}")
        self.world = world
        self.client_id = client_id
        self.faults = faults or Faults()
        self.faults_done: Counter[str] = Counter()
        self.requests: list[Request] = []
        self.capabilities = {name: allowed for name, (allowed, _) in CAPABILITIES.items()}
        self.capabilities |= capabilities or {}
        self.clock = clock or time.time
        self._tokens = Tokens(world, client_id, client_secret, expires_in, self.clock)
        self._api = Api(
            world, client_id, self.capabilities, self.faults, self.faults_done, rate_per_hour,
            self.clock,
        )  # fmt: skip
        self._bucket = Bucket(rate_per_hour, burst or rate_per_hour, self.clock)
        self._lock = threading.Lock()
        self._received = 0
        super().__init__(_Handler, port)

    def authorize(self, user_id: int, redirect_uri: str, code_challenge: str | None = None) -> str:
        """Consent as the user: the code that comes back. Without a challenge no PKCE is asked for.

        Raises ValueError for a user that is no account of the world or an address without HTTPS.
        """
        return self._tokens.authorize(user_id, redirect_uri, code_challenge)

    def revoke(self, user_id: int) -> None:
        """The user takes the consent back: all of its tokens die at once."""
        self._tokens.revoke(user_id)

    def respond(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[Answer, str | None]:
        """The answer, and what is lost of it: None, "all" or "half"."""
        with self._lock:
            number = self._received
            self._received += 1
        rng = self.faults.rng(number)
        token = method == "POST" and urlsplit(path).path == "/oauth/token"
        fault = self._fault(rng) if self.faults.oauth or not token else None
        client = None
        try:
            if token:
                form = _form(headers, body)
                client = self.client_id if form.get("client_id") == self.client_id else None
            elif urlsplit(path).path != "/authorization":
                access = self._access(path, headers)
                client = access.client
            if client and not self._bucket.take():
                raise too_many_requests()
            if fault == "error_500":
                raise refusal(500, "internal_error", "Internal server error")
            if fault == "slow":
                time.sleep(self.faults.slow_seconds)
            if token:
                answer = Answer(self._tokens.exchange(form))
            elif method != "GET":
                raise refusal(405, "method_not_allowed", "Method Not Allowed")
            else:
                parts = urlsplit(path)
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                if parts.path == "/authorization":
                    answer = self._consent(query)
                else:
                    call = Call(access.user_id, query, headers, rng)
                    answer = self._api.answer(unquote(parts.path), call)
        except Refusal as refused:
            answer = Answer(refused.body, refused.status)
        broken = malform(rng, answer.body, self.faults.malformed_element)
        lost = rng.choice(("all", "half")) if fault == "drop" else None
        with self._lock:
            if fault and (fault != "error_500" or answer.status == 500):
                self.faults_done[fault] += 1
            if broken:
                self.faults_done["malformed_element"] += broken
            self.requests.append(Request(method, path, 0 if lost else answer.status, client))
        return answer, lost

    def _fault(self, rng: Random) -> str | None:
        fate = rng.random()
        for name in ("drop", "error_500", "slow"):
            fate -= getattr(self.faults, name)
            if fate < 0:
                return name
        return None

    def _access(self, path: str, headers: Mapping[str, str]) -> Access:
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            body = {"code": "unauthorized", "message": "authorization value not present"}
            raise Refusal(401, body)
        access = self._tokens.access(token.strip())
        if access is None:
            sales = path.startswith(("/orders", "/packs", "/shipments"))
            message = "invalid_token" if sales else "invalid access token"
            raise refusal(401, "unauthorized", message)
        return access

    def _consent(self, query: Mapping[str, str]) -> Answer:
        """The browser's part, for a first account or ``user_id``: everybody consents at once."""
        if query.get("response_type") != "code" or query.get("client_id") != self.client_id:
            raise bad_request("needs response_type=code and the client_id of the app")
        if query.get("code_challenge_method", "S256") != "S256":
            raise bad_request("code_challenge_method must be S256")
        try:
            code = self.authorize(
                int(query.get("user_id", self.world.accounts[0])),
                query.get("redirect_uri", ""),
                query.get("code_challenge"),
            )
        except ValueError as error:
            raise bad_request(str(error)) from None
        back = {"code": code} | ({"state": query["state"]} if "state" in query else {})
        return Answer({}, 302, {"Location": f"{query['redirect_uri']}?{urlencode(back)}"})


class Bucket:
    """Requests that may still be sent: ``burst`` of them at first, and filled up evenly."""

    def __init__(self, per_hour: int, burst: int, clock: Callable[[], float]):
        self._most = self._left = float(burst)
        self._per_second = per_hour / 3_600
        self._clock = clock
        self._at = clock()
        self._lock = threading.Lock()

    def take(self) -> bool:
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._at) * self._per_second)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


class _Handler(Handler):
    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer, lost = self.server.owner.respond(self.command, self.path, self.headers, body)
        payload = json.dumps(answer.body, ensure_ascii=False).encode()
        if lost == "all":
            self._hang_up()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload[: len(payload) // 2] if lost else payload)
        self.wfile.flush()
        if lost:
            self._hang_up()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _respond  # noqa: N815

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The header Date: the world's time."""
        moment = self.server.owner.world.now.astimezone(dt.UTC)
        return format_datetime(moment, usegmt=True)


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        message = "the body must be application/x-www-form-urlencoded"
        raise refusal(400, "invalid_request", message)
    return dict(parse_qsl(body.decode("utf-8", "replace")))
