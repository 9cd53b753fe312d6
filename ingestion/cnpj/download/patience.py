"""Asking again: a server that drops, stalls and refuses wears nobody out who makes progress."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ingestion.cnpj.download.settings import Settings
from warehouse import UserError

LONGEST_WAIT = 120.0  # seconds between two attempts, unless the server asks for more
LONGEST_OBEYED = 1_800.0  # seconds a server may ask for
WORTH_A_LINE = 30.0  # seconds of waiting that are told
RECOVERY = 300.0  # seconds without a failure, after which a connection more is tried
FIRST_ATTEMPTS = 3  # of a host that never answered: it is probably a wrong one

Result = TypeVar("Result")


class Interrupted(Exception):  # noqa: N818
    """An attempt that failed, and that another may cure; ``wait``: seconds the server asks for."""

    def __init__(self, reason: str, wait: float | None = None):
        super().__init__(reason)
        self.wait = wait


class Closed(Exception):  # noqa: N818
    """The work is over, whatever has become of it: an attempt is not worth going on with."""


class Patience:
    """Runs attempts, no more at once than the server bears. Safe for threads."""

    def __init__(
        self,
        settings: Settings,
        has_answered: Callable[[], bool],
        say: Callable[[str], None] = lambda line: None,
    ):
        self.closing = threading.Event()
        self._has_answered = has_answered  # whether the server ever did
        self._attempts, self._backoff = settings.attempts, settings.backoff_seconds
        self._gate = _Gate(settings.connections, say)
        self._say = say

    def persist(
        self,
        what: str,
        attempt: Callable[[], Result],
        position: Callable[[], int] = lambda: 0,
    ) -> Result:
        """The result of ``attempt``, tried again for as long as ``position`` grows.

        Attempts that bring ``position`` no further than it ever was are counted, the others start
        the count anew. Raises UserError when there were too many, and Closed.
        """
        fruitless, furthest = 0, position()
        while True:
            try:
                with self._gate.slot(self.closing) as limit:
                    return attempt()
            except Interrupted as error:
                if position() > furthest:
                    fruitless, furthest = 0, position()
                else:
                    fruitless += 1
                    self._gate.lower(limit)
                most = self._attempts
                if not self._has_answered():
                    most = min(most, FIRST_ATTEMPTS)
                if fruitless >= most:
                    raise UserError(
                        f"{what}: given up after {fruitless} attempts without progress ({error});"
                        " what was fetched is kept, so run the command again later"
                    ) from None
                self._sleep(what, error, fruitless)

    def _sleep(self, what: str, error: Interrupted, fruitless: int) -> None:
        wait = random.uniform(0, min(LONGEST_WAIT, self._backoff * 2 ** max(0, fruitless - 1)))
        if error.wait:
            wait += min(error.wait, LONGEST_OBEYED)
        if wait > WORTH_A_LINE:
            self._say(f"{what}: {error}; again in {wait:.0f} s")
        if self.closing.wait(wait):
            raise Closed


class _Gate:
    """Lets so many through at once, fewer when it is lowered, slowly more again after that."""

    def __init__(self, most: int, say: Callable[[str], None]):
        self._most = self._limit = most
        self._busy = 0
        self._changed_at = time.monotonic()
        self._condition = threading.Condition()
        self._say = say

    @contextmanager
    def slot(self, closing: threading.Event) -> Iterator[int]:
        """Wait for a place and hold it. Raises Closed.

        Gives the limit at that time, or 1 if nobody else is through: then it has no part in
        what goes wrong.
        """
        with self._condition:
            while not closing.is_set() and self._busy >= self._limit:
                self._condition.wait(0.2)
            if closing.is_set():
                raise Closed
            self._busy += 1
            self._recover()
            limit = self._limit if self._busy > 1 else 1
        try:
            yield limit
        finally:
            with self._condition:
                self._busy -= 1
                self._condition.notify()

    def lower(self, seen: int) -> None:
        """Halve the limit, unless it is lower already than it was for who failed."""
        with self._condition:
            self._changed_at = time.monotonic()
            if self._limit != seen or seen == 1:
                return
            self._limit = seen // 2
        plural = "" if seen // 2 == 1 else "s"
        self._say(f"the server refuses or fails: {seen // 2} connection{plural} from now on")

    def _recover(self) -> None:
        now = time.monotonic()
        if self._limit < self._most and now - self._changed_at > RECOVERY:
            self._limit, self._changed_at = self._limit + 1, now
            self._condition.notify()
