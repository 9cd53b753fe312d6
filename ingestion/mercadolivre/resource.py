"""What a resource is: something the API tells, asked for completely and accounted for."""

import datetime as dt
import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import ValidationError

from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.capabilities import Capabilities
from ingestion.mercadolivre.client import Answer, Client, Failed, Request
from ingestion.mercadolivre.known import Known
from ingestion.mercadolivre.settings import Settings
from ingestion.mercadolivre.tables import Reader, Table
from warehouse.ledger import LedgerEntry

CHUNK, CHUNK_SECONDS = 500, 15.0  # the most to a ledger entry: what a kill may cost is in it
ROUNDS = 5  # readings of what does not come out whole
REFUSALS = 3  # in a row, before an endpoint counts as closed
BREAKDOWNS = 10  # requests given up in a row, before it counts as broken for this load

Mode = Literal["own", "watch"]
# What a row is made of: its table, what the API said, and what is known besides.
Part = tuple[type[Table], Any, dict[str, Any]]


@dataclass
class Run:
    """What one load works with."""

    client: Client
    reader: Reader
    known: Known
    settings: Settings
    capabilities: Capabilities = field(default_factory=Capabilities)
    watched: tuple[str, ...] = ()  # catalogue products
    accounts: tuple[int, ...] = ()  # that are loaded
    signed_in: tuple[int, ...] = ()  # all of them
    since: dt.datetime | None = None
    failed: set[str] = field(default_factory=set)  # requests of this run: not asked for twice
    _parts: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def entry(
        self,
        resource: "Resource",
        account: int,
        what: str,
        asked: int,
        loaded: int,
        failed: int = 0,
        truncated: int = 0,
        why: str | None = None,
        name: str | None = None,
        **details: Any,
    ) -> LedgerEntry:
        """A ledger entry, of the resource unless another ``name`` is given."""
        return LedgerEntry(
            resource=name or resource.name,
            part=f"{resource.mode} {account} {what} #{next(self._parts)}",
            source_rows=asked,
            loaded_rows=loaded,
            dead_lettered_rows=failed,
            truncated_rows=truncated,
            truncated_reason=why,
            details={"mode": resource.mode, "account": account, **details},
        )

    def is_older(self, at: dt.datetime, **age: float) -> bool:
        """Whether ``at`` is at least that long ago, by the server's time."""
        return at <= self.client.now - dt.timedelta(**age)


class ClosedError(Exception):
    """An endpoint that answers nothing any more; ``left`` requests were not made for that."""

    def __init__(self, failure: Failed, left: int):
        super().__init__(str(failure))
        self.failure, self.left = failure, left


class Resource:
    """Something the API tells. ``mode`` says of whom: own accounts, or what is watched.

    It says what is ``due`` as requests, and ``take``s requests: those that are due, or failed ones
    that are asked again. What is asked is loaded, a dead letter, or truncated with its reason.
    """

    name: ClassVar[str]
    mode: ClassVar[Mode] = "own"
    endpoints: ClassVar[tuple[str, ...]]  # that must be allowed
    is_optional: ClassVar[bool] = False  # taken only when it is named

    def due(self, run: Run, account: int) -> Iterable[Request]:
        """Requests for what is new or too old, out of what is known; asks nothing."""
        raise NotImplementedError

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        """Ask, and yield what came of it, a piece at a time.

        Raises Failed when the resource as a whole is refused or does not answer, ClosedError when
        it ceases to.
        """
        raise NotImplementedError

    def ask(
        self, run: Run, wanted: Iterable[Request]
    ) -> Iterator[list[tuple[Request, Answer | Failed]]]:
        """Answers in pieces. Raises ClosedError when the endpoint does nothing but fail."""
        piece: list[tuple[Request, Answer | Failed]] = []
        refusals = breakdowns = 0
        requests = list(wanted)
        started = time.monotonic()
        for asked, (request, answer) in enumerate(run.client.get_all(requests), start=1):
            piece.append((request, answer))
            failure = answer if isinstance(answer, Failed) else None
            refusals = refusals + 1 if failure and failure.status in (401, 403) else 0
            breakdowns = breakdowns + 1 if failure and failure.is_transient else 0
            if failure and (refusals >= REFUSALS or breakdowns >= BREAKDOWNS):
                yield piece
                raise ClosedError(failure, len(requests) - asked)
            if len(piece) == CHUNK or time.monotonic() - started > CHUNK_SECONDS:
                yield piece
                piece, started = [], time.monotonic()
        if piece:
            yield piece

    def estimate(self, run: Run, account: int, totals: dict[str, int]) -> int:
        """About how many calls it will take; ``totals`` are the account's items and orders."""
        return sum(1 for _ in self.due(run, account))


class Each(Resource):
    """A resource of one request for each thing."""

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        """What the rows of an answer are made of."""
        raise NotImplementedError

    def is_whole(self, answer: Answer) -> bool:
        """Whether an answer is all that can be had, so that it is not asked for again."""
        return True

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        for piece in self.ask(run, wanted):
            batch, loaded = Batch(), 0
            for request, answer in piece:
                if isinstance(answer, Failed):
                    batch.failed(self.name, request, answer)
                else:
                    loaded += self._read(run, batch, answer)
            asked, what = len(piece), f"{len(piece)} asked"
            batch.entries.append(run.entry(self, account, what, asked, loaded, asked - loaded))
            yield batch

    def _read(self, run: Run, batch: Batch, answer: Answer) -> bool:
        """Add the rows of an answer, asking again for what is broken in it; else a dead letter.

        It is one observation, of the time of the first answer.
        """
        request, at = answer.request, answer.at
        rows: dict[int, tuple[type[Table], dict[str, Any]]] = {}
        for _ in range(ROUNDS):
            broken = self._read_once(run, answer, at, rows)
            if not broken and self.is_whole(answer):
                break
            try:
                again = run.client.get(request)
            except Failed as failure:
                batch.failed(self.name, request, failure)
                return False
            if self.is_whole(again) and not self.is_whole(answer):
                rows.clear()
            answer = again
        else:
            broken = self._read_once(run, answer, at, rows)
        if broken:
            batch.failed(self.name, request, broken)
            return False
        for table, row in rows.values():
            batch.rows[table].append(row)
        if self.is_whole(answer):
            batch.saw(self.name, request, at)
        return True

    def _read_once(
        self, run: Run, answer: Answer, at: dt.datetime,
        rows: dict[int, tuple[type[Table], dict[str, Any]]],
    ) -> Exception | str | None:  # fmt: skip
        """Add rows at the places that are missing yet; returns what is wrong with one of them."""
        if not isinstance(answer.body, dict):
            return "the answer is no object"
        try:
            parts = list(self.parts(run, answer))
        except Failed as failure:
            return failure
        if any(place >= len(parts) for place in rows):
            rows.clear()  # it has changed in between
        broken: Exception | None = None
        for place, (table, payload, more) in enumerate(parts):
            if place not in rows:
                try:
                    row = run.reader.row(table, payload, observed_at=at, **more)
                    rows[place] = table, row
                except ValidationError as error:
                    broken = error
        return broken
