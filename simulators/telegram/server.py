"""The Bot API on loopback, with its limits and what goes wrong on the way."""

import json
import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from simulators.loopback import Handler, Loopback
from simulators.telegram.markup import parse

LONGEST = 4096
FAULTS = ("drop_before", "drop_after", "error_500", "slow", "malformed")


@dataclass(frozen=True)
class Message:
    """A message that a chat has; ``text`` as it is shown."""

    message_id: int
    chat_id: str
    text: str
    at: float  # by the server's clock, seconds


class Server(Loopback):
    """A bot's side of Telegram, while in its ``with`` block.

    ``chats`` are those the bot may write to, ``blocked`` those whose user has blocked it. Limits
    are (number, seconds). ``faults`` may be changed at any time: an iterator whose next word, one
    of ``FAULTS`` or empty, is what goes wrong with the next message. ``messages`` are all that were
    taken, in order; ``requests`` the time, chat and status of all that was asked.
    """

    def __init__(
        self,
        token: str = "123456:simulated",
        chats: Iterable[str] = ("1", "2", "-100"),
        faults: Iterable[str] = (),
        port: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.token, self.chats, self.faults, self.clock = token, set(chats), iter(faults), clock
        self.blocked: set[str] = set()
        self.overall, self.per_chat, self.per_group = (30, 1.0), (1, 1.0), (20, 60.0)
        self.messages: list[Message] = []
        self.requests: list[tuple[float, str, int]] = []
        self.slow_seconds = 0.5
        self.lock = threading.Lock()
        self._taken: dict[str, deque[float]] = defaultdict(deque)
        super().__init__(_Handler, port)

    @property
    def variables(self) -> dict[str, str]:
        """What to set for alerts to be sent here."""
        return {"ALERTS__TELEGRAM_URL": self.url, "ALERTS__TELEGRAM_TOKEN": self.token}

    def answer(self, method: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to a call of a method."""
        if method == "getMe":
            return _taken({"id": 123456, "is_bot": True, "username": "simulated_bot"})
        if method != "sendMessage":
            return _error(404, "Not Found")
        chat, text = str(given.get("chat_id", "")), str(given.get("text", ""))
        if chat not in self.chats:
            return _error(400, "Bad Request: chat not found")
        if chat in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if given.get("parse_mode") == "HTML":
            try:
                text = parse(text)
            except ValueError as error:
                return _error(400, f"Bad Request: can't parse entities: {error}")
        if not text.strip():
            return _error(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > LONGEST:
            return _error(400, "Bad Request: message is too long")
        now = self.clock()
        if wait := self._wait(chat, now):
            seconds = math.ceil(wait)
            said = _error(429, f"Too Many Requests: retry after {seconds}")
            return 429, said[1] | {"parameters": {"retry_after": seconds}}
        message = Message(len(self.messages) + 1, chat, text.strip(), now)
        self.messages.append(message)
        for times, _ in self._limits(chat):
            times.append(now)
        return _taken({"message_id": message.message_id, "text": message.text})

    def _limits(self, chat: str) -> list[tuple[deque[float], tuple[int, float]]]:
        found = [(self._taken[""], self.overall), (self._taken[chat], self.per_chat)]
        if chat.startswith("-"):
            found.append((self._taken[f"group {chat}"], self.per_group))
        return found

    def _wait(self, chat: str, now: float) -> float:
        """Seconds until the chat may have another message."""
        return max(
            (
                times[-number] + seconds - now
                for times, (number, seconds) in self._limits(chat)
                if len(times) >= number and times[-number] + seconds > now
            ),
            default=0.0,
        )


def random_faults(seed: int, rate: float) -> Iterator[str]:
    """Faults of every kind, on a share of the messages; the same for the same seed."""
    rng = Random(seed)
    while True:
        yield rng.choice(FAULTS) if rng.random() < rate else ""


def _taken(result: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 200, {"ok": True, "result": result}


def _error(status: int, description: str) -> tuple[int, dict[str, Any]]:
    return status, {"ok": False, "error_code": status, "description": description}


class _Handler(Handler):
    def do_POST(self) -> None:  # noqa: N802
        server: Server = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        bot, _, method = self.path.removeprefix("/bot").partition("/")
        if not self.path.startswith("/bot") or ":" not in bot:
            self._say(*_error(404, "Not Found"))
            return
        if bot != server.token:
            self._say(*_error(401, "Unauthorized"))
            return
        try:
            given = json.loads(body or b"{}")
        except ValueError:
            self._say(*_error(400, "Bad Request: can't parse the JSON"))
            return
        with server.lock:
            fault = next(server.faults, "") if method == "sendMessage" else ""
            if fault in ("drop_before", "error_500"):
                said = _error(500, "Internal Server Error")
            else:
                said = server.answer(method, given)
            server.requests.append((server.clock(), str(given.get("chat_id", "")), said[0]))
        if fault == "slow":
            time.sleep(server.slow_seconds)
        if fault.startswith("drop"):
            self.close_connection = True
        elif fault == "malformed":
            self._say(said[0], "<html>gateway</html>")
        else:
            self._say(*said)

    do_GET = do_POST  # noqa: N815

    def _say(self, status: int, body: dict[str, Any] | str) -> None:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
