"""A sender for Telegram's Bot API: its limits, and what each of its answers means.

The API has no idempotency key. So a request is sent on a connection of its own, never again by
itself, and whatever is not known to have failed may have been delivered.
"""

import json
import ssl
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from serving.alerts.channels import Later, Refused, Uncertain
from warehouse import UserError

# ProxyError: the proxy made no way to Telegram (it is not reached, or wants a password)
NEVER_LEFT = (NewConnectionError, ConnectTimeoutError, ProxyError, ssl.SSLCertVerificationError)
SHORTEST_WAIT, LONGEST_WAIT = 1, 86_400  # seconds; what Telegram asks for is within


@dataclass
class Limits:
    """When the next message may leave: (number, seconds) overall, per chat, and per group.

    https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    """

    clock: Callable[[], float] = time.monotonic
    overall: tuple[int, float] = (30, 1.0)
    chat: tuple[int, float] = (1, 1.0)
    group: tuple[int, float] = (20, 60.0)
    _sent: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait(self, destination: str) -> float:
        """Seconds until a message to the chat may leave."""
        now = self.clock()
        return max(
            (
                sent[-number] + seconds - now
                for sent, (number, seconds) in self._limits(destination)
                if len(sent) >= number
            ),
            default=0.0,
        )

    def count(self, destination: str) -> None:
        """A message to the chat leaves now."""
        for sent, (number, _) in self._limits(destination):
            sent.append(self.clock())
            while len(sent) > number:
                sent.popleft()

    def _limits(self, destination: str) -> list[tuple[deque[float], tuple[int, float]]]:
        found = [(self._sent[""], self.overall), (self._sent[destination], self.chat)]
        if destination.startswith(("-", "@")):  # groups and channels
            found.append((self._sent[f"group {destination}"], self.group))
        return found


@dataclass
class Telegram:
    """The channel ``telegram``; destinations are ids of chats."""

    url: str
    token: str
    timeout: float  # seconds to connect, and for an answer

    def __call__(self, destination: str, text: str) -> None:
        """Send one message. Raises as :mod:`serving.alerts.channels` says."""
        if not self.token:
            raise UserError("alerts: the bot's token is missing: set ALERTS__TELEGRAM_TOKEN")
        message = {
            "chat_id": destination,
            "text": text,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        address = f"{self.url}/bot{self.token}/sendMessage"
        try:
            answer = requests.post(
                address, json=message, timeout=self.timeout, allow_redirects=False
            )
        # what requests says names the address, and so the token: not a word of it is kept
        except requests.RequestException as error:
            if _never_left(error):
                raise Later("Telegram cannot be reached") from None
            raise Uncertain("the answer of Telegram was lost") from None
        _judge(answer, self.token)


def _never_left(error: BaseException | None) -> bool:
    """Whether an error came before the request was sent."""
    while error and not isinstance(error, NEVER_LEFT):
        error = error.__cause__ or error.__context__
    return error is not None


def _judge(answer: requests.Response, token: str) -> None:
    """Return when the message was taken; else raise what became of it."""
    status = answer.status_code
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        body = None
    body = body if isinstance(body, dict) else {}
    if status == 200 and body.get("ok") is True:
        return
    said = " ".join(str(body.get("description", "no answer of the Bot API")).split())
    said = "".join(filter(str.isprintable, said))  # PostgreSQL stores no NUL
    said = said.replace(token, "the token")[:200]
    is_telegrams = body.get("ok") is False
    if status == 429:
        raise Later(said, status, _wait_asked(body.get("parameters")))
    if status in (401, 404) and is_telegrams:
        raise UserError(
            f"alerts: Telegram knows no such bot ({said}): check ALERTS__TELEGRAM_TOKEN"
        )
    if status >= 500 and is_telegrams:
        raise Later(said, status)
    if 300 <= status < 500:  # else of a proxy or captive portal, which passed nothing on
        raise (Refused if is_telegrams else Later)(said, status)
    raise Uncertain(said, status)  # of a gateway between, or not to be read


def _wait_asked(parameters: object) -> float | None:
    """Seconds of ``retry_after``, within reason; None when it says nothing of use."""
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(wait, bool) or not isinstance(wait, int | float) or not wait >= 0:  # or NaN
        return None
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)
