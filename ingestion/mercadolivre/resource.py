"""What a resource is: something the API tells, asked for completely and accounted for."""

import datetime as dt
import itertools
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

CHUNK = 500  # things to a ledger entry
ROUNDS = 5  # readings of what does not come out whole
REFUSALS = 3  # in a row, before an endpoint counts as closed

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
    accounts: tuple[int, ...] = ()
    since: dt.datetime | None = None
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

        Raises Failed when the resource as a whole is refused or does not answer.
        """
        raise NotImplementedError

    def estimate(self, run: Run, account: int, totals: dict[str, int]) -> int:
        """About how many calls it will take; ``totals`` are the account's items and orders."""
        return sum(1 for _ in self.due(run, account))

    def refused(self, run: Run, account: int, count: int, why: str) -> Batch:
        """The account of ``count`` things that are not asked for, because it is in vain."""
        return Batch(
            entries=[run.entry(self, account, "refused", count, 0, truncated=count, why=why)]
        )


class Each(Resource):
    """A resource of one request for each thing."""

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        """What the rows of an answer are made of."""
        raise NotImplementedError

    def is_whole(self, answer: Answer) -> bool:
        """Whether an answer is all that can be had, so that it is not asked for again."""
        return True

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        requests, refusals = iter(wanted), 0
        while chunk := list(itertools.islice(requests, CHUNK)):
            batch, loaded = Batch(), 0
            for request, answer in run.client.get_all(chunk):
                if isinstance(answer, Failed):
                    batch.failed(self.name, request, answer)
                    refusals, last = refusals + (answer.status in (401, 403)), answer
                    continue
                refusals = 0
                loaded += self._read(run, batch, answer)
            failed = len(chunk) - loaded
            what = f"{len(chunk)} asked"
            batch.entries.append(run.entry(self, account, what, len(chunk), loaded, failed))
            yield batch
            if refusals >= REFUSALS:
                rest = sum(1 for _ in requests)
                yield self.refused(run, account, rest, f"{last.status} {last.code}")

    def _read(self, run: Run, batch: Batch, answer: Answer) -> bool:
        """Add the rows of an answer, asking again for what is broken in it; else a dead letter."""
        request, rows = answer.request, {}
        broken: ValidationError | None = None
        for _ in range(ROUNDS):
            broken = None
            for place, (table, payload, more) in enumerate(self.parts(run, answer)):
                if place in rows and self.is_whole(answer):
                    continue
                try:
                    row = run.reader.row(table, payload, observed_at=answer.at, **more)
                except ValidationError as error:
                    broken = error
                else:
                    rows[place] = table, row
            if not broken and self.is_whole(answer):
                break
            try:
                answer = run.client.get(request)
            except Failed as failure:
                batch.failed(self.name, request, failure)
                return False
        if broken:
            batch.failed(self.name, request, broken)
            return False
        for table, row in rows.values():
            batch.rows[table].append(row)
        batch.answered(self.name, request)
        return True
