"""HTTP to the API: the request budget, retries, tokens, and errors as the API words them."""

import datetime as dt
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_any,
    stop_when_event_set,
)

from ingestion.retries import retry_after
from warehouse import UserError

LONGEST_WAIT = 60.0  # seconds between two attempts
ATTEMPTS = 8
FIRST_ATTEMPTS = 3  # of a host that never answered: it is probably a wrong one
MOST_FAILURES_IN_A_ROW = 5  # requests given up one after the other: the host is gone


class Tokens(Protocol):
    """Where access tokens come from; see :class:`ingestion.mercadolivre.oauth.Accounts`."""

    def token(self, user_id: int) -> str: ...
    def renew(self, user_id: int, stale: str) -> str: ...
    def app_token(self) -> str: ...


@dataclass(frozen=True)
class Request:
    """One GET. ``endpoint`` is the path with names for ids, as the capability matrix lists it."""

    endpoint: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    account: int = 0  # whose token; 0 is the app's own
    is_eventual: bool = field(default=False, compare=False)  # 404 may mean: not yet

    def __str__(self) -> str:
        query = f"?{urlencode(self.params)}" if self.params else ""
        return f"{self.account} GET {self.path}{query}"

    @property
    def thing_id(self) -> str:
        """The id in the path, of what the request is about."""
        return self.path.split("/")[2]

    @classmethod
    def parse(cls, text: str) -> "Request":
        """The request that ``str`` wrote, with its endpoint unknown. Raises ValueError."""
        account, method, address = text.split(" ", 2)
        if method != "GET":
            raise ValueError(f"not a request: {text}")
        parts = urlsplit(address)
        return cls("", parts.path, tuple(parse_qsl(parts.query)), int(account))


@dataclass(frozen=True)
class Answer:
    """A 2xx answer; ``at`` is the server's time, UTC."""

    request: Request
    status: int
    body: Any
    headers: Mapping[str, str]  # whatever their case
    at: dt.datetime


class Failed(Exception):  # noqa: N818
    """A request that will not be answered. ``status`` is None when there was no answer at all."""

    def __init__(self, request: Request, status: int | None, code: str, message: str):
        super().__init__(f"{request}: {status or 'no answer'} {code} {message}".strip())
        self.request, self.status, self.code, self.message = request, status, code, message

    @property
    def is_transient(self) -> bool:
        return self.status is None or self.status in (408, 429) or self.status >= 500


class _TryAgain(Failed):
    """A failure that another attempt may cure, and how long the server asks to wait."""

    wait: float | None = None


class Budget:
    """A token bucket: requests leave evenly, ``per_hour`` of them, a second's worth at once."""

    def __init__(
        self,
        per_hour: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):
        self.per_hour = per_hour
        self._clock, self._sleep = clock, sleep
        self._next = clock()
        self._lock = threading.Lock()

    @property
    def _interval(self) -> float:
        return 3_600 / self.per_hour

    def lower(self, per_hour: int) -> None:
        """Send no more than that; a higher number changes nothing."""
        self.per_hour = min(self.per_hour, per_hour)

    def take(self) -> None:
        """Wait until one more request may leave."""
        with self._lock:
            now = self._clock()
            slot = max(self._next, now - max(1.0, self._interval))
            self._next = slot + self._interval
        if slot > now:
            self._sleep(slot - now)

    def pause(self, seconds: float) -> None:
        """Let nothing leave for that long: the server says it is too much."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)


class Client:
    """Asks the API within its budget. Use as a context manager; safe for threads.

    Retries what is transient (429, 5xx, timeouts, lost answers) with full jitter; renews a token
    once on 401; never retries a refusal. Raises Failed, and UserError when the host is unreachable.
    """

    def __init__(
        self,
        url: str,
        tokens: Tokens,
        budget: Budget,
        workers: int = 8,
        timeout: float = 30.0,
        backoff: float = 1.0,
    ):
        self.url = url.rstrip("/")
        self.budget = budget
        self.sent = 0
        self.throttled = 0  # of those, answered 429
        self.outcomes: dict[tuple[int, str], tuple[int, str, str]] = {}  # newest, a success first
        self._tokens = tokens
        self._timeout = timeout
        self._backoff = backoff
        self._workers = workers
        self._now: dt.datetime | None = None
        self._failures = 0
        self._lock = threading.Lock()
        self._session = requests.Session()
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=workers, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._closing = threading.Event()
        self._pool = ThreadPoolExecutor(workers, "mercadolivre")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()  # whoever waits to try again gives up
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._session.close()

    @property
    def now(self) -> dt.datetime:
        """The server's time (UTC) at its newest answer; ours before the first."""
        return self._now or dt.datetime.now(dt.UTC).replace(microsecond=0)

    def get(self, request: Request) -> Answer:
        """The answer to one request. Raises Failed, AccountError or UserError."""
        last = FIRST_ATTEMPTS if self._now is None else ATTEMPTS
        attempts = Retrying(
            retry=retry_if_exception_type(_TryAgain),
            stop=stop_any(stop_after_attempt(last), stop_when_event_set(self._closing)),
            sleep=sleep_using_event(self._closing),
            wait=self._wait,
            reraise=True,
        )
        try:
            answer = attempts(self._send, request)
        except Failed as failure:
            self._note(request, failure.status, failure.code, failure.message)
            if failure.status is None:
                self._count_failure(failure)
            raise
        self._failures = 0
        self._note(request, answer.status, "", "")
        return answer

    def get_all(self, wanted: Iterable[Request]) -> Iterator[tuple[Request, Answer | Failed]]:
        """Answers and failures of many requests, in their order, several at a time."""
        pending: deque[tuple[Request, Future[Answer]]] = deque()

        def first() -> tuple[Request, Answer | Failed]:
            request, future = pending.popleft()
            try:
                return request, future.result()
            except Failed as failure:
                return request, failure

        try:
            for request in wanted:
                pending.append((request, self._pool.submit(self.get, request)))
                if len(pending) >= self._workers * 2:
                    yield first()
            while pending:
                yield first()
        finally:
            for _, future in pending:
                future.cancel()

    def _send(self, request: Request) -> Answer:
        token = self._token(request.account)
        response = self._exchange(request, token)
        if request.account and _speaks_of_token(response):
            renewed = self._tokens.renew(request.account, token)
            if renewed != token:
                response = self._exchange(request, renewed)
        self._see(response)
        body = self._body(request, response)
        if response.ok:
            return Answer(request, response.status_code, body, response.headers, self.now)
        failure = refusal(request, response.status_code, body)
        if failure.is_transient or (response.status_code == 404 and request.is_eventual):
            again = _TryAgain(failure.request, failure.status, failure.code, failure.message)
            again.wait = retry_after(response)
            if failure.status == 429:
                with self._lock:
                    self.throttled += 1
                self.budget.pause(again.wait or self._backoff)  # it is said to all threads
            raise again
        raise failure

    def _token(self, account: int) -> str:
        return self._tokens.token(account) if account else self._tokens.app_token()

    def _exchange(self, request: Request, token: str) -> requests.Response:
        self.budget.take()
        with self._lock:
            self.sent += 1
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if request.path.startswith("/shipments"):
            headers["x-format-new"] = "true"
        try:
            return self._session.get(
                self.url + request.path,
                params=request.params,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise _TryAgain(request, None, type(error).__name__, "") from None

    def _body(self, request: Request, response: requests.Response) -> Any:
        try:
            return response.json()
        except requests.JSONDecodeError:
            if response.ok:
                raise _TryAgain(request, None, "malformed", "the answer is no JSON") from None
            return response.text[:200]

    def _see(self, response: requests.Response) -> None:
        try:
            at = parsedate_to_datetime(response.headers["Date"]).astimezone(dt.UTC)
        except (KeyError, ValueError):
            at = dt.datetime.now(dt.UTC).replace(microsecond=0)
        with self._lock:  # answers may overtake each other
            self._now = max(at, self._now or at)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, _TryAgain) else None
        if asked is not None:
            return min(asked, LONGEST_WAIT * 5)
        return random.uniform(0, min(LONGEST_WAIT, self._backoff * 2**state.attempt_number))

    def _note(self, request: Request, status: int | None, code: str, message: str) -> None:
        if status is None or not request.endpoint:
            return
        key = request.account, request.endpoint
        with self._lock:
            known = self.outcomes.get(key)
            if known is None or known[0] >= 300:  # one success says more than any refusal
                self.outcomes[key] = status, code, message

    def close(self, failure: Failed) -> None:
        """Remember that an endpoint refuses everything by now, whatever it answered before."""
        with self._lock:
            key = failure.request.account, failure.request.endpoint
            self.outcomes[key] = failure.status or 0, failure.code, failure.message

    def _count_failure(self, failure: Failed) -> None:
        with self._lock:
            self._failures += 1
        if self._now is None or self._failures >= MOST_FAILURES_IN_A_ROW:
            raise UserError(
                f"cannot reach {self.url}: {failure.code}; what was fetched so far is kept"
            ) from None


def refusal(request: Request, status: int, body: Any) -> Failed:
    """A failure out of the API's error body, which comes in several shapes."""
    if not isinstance(body, dict):
        return Failed(request, status, "", str(body)[:200])
    code = body.get("code") or body.get("error") or ""
    message = body.get("message") or body.get("error_description") or body.get("details") or ""
    return Failed(request, status, str(code), str(message)[:200])


def _speaks_of_token(response: requests.Response) -> bool:
    """Whether a 401 is about the token: it may as well say that a listing is somebody else's."""
    if response.status_code != 401:
        return False
    told = response.text.lower()
    return "token" in told or not told.strip()


def elements(body: Any, name: str = "results") -> list[Any]:
    """The list an answer is about; empty when there is none."""
    found = body.get(name) if isinstance(body, dict) else body
    return found if isinstance(found, list) else []


def listed(answer: Answer, name: str) -> list[Any]:
    """The list of that name, empty where it is null. Raises Failed when there is none."""
    found = answer.body.get(name) if isinstance(answer.body, dict) else None
    is_null = isinstance(answer.body, dict) and name in answer.body and found is None
    if not (isinstance(found, list) or is_null):
        raise Failed(answer.request, answer.status, "shape", f"an answer without the list {name}")
    return found or []


def total(answer: Answer) -> int:
    """How many there are in all, as a page tells. Raises Failed when it does not."""
    try:
        return int(answer.body["paging"]["total"])
    except (KeyError, TypeError, ValueError):
        message = "a page without paging.total"
        raise Failed(answer.request, answer.status, "shape", message) from None
