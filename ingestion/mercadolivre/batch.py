"""What a piece of extraction yields: rows, what became of every one of them, and what failed."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from ingestion.mercadolivre.client import Failed, Request
from ingestion.mercadolivre.tables import LastAnswer, Table
from warehouse.ledger import DeadLetter, LedgerEntry


@dataclass
class Batch:
    """Rows by table, with the ledger entries and dead letters that belong to them.

    ``resolved`` are the identities of requests that are answered now, whatever failed before.
    """

    rows: dict[type[Table], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    entries: list[LedgerEntry] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    resolved: list[tuple[str, str]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(len(rows) for rows in self.rows.values())

    def absorb(self, other: "Batch") -> None:
        """Add the other's content; its rows take the place of those with the same key."""
        for table, rows in other.rows.items():
            if self.rows[table]:
                newer = {table.key(row) for row in rows}
                kept = [row for row in self.rows[table] if table.key(row) not in newer]
                self.rows[table] = kept
            self.rows[table].extend(rows)
        self.entries.extend(other.entries)
        self.letters.extend(other.letters)
        self.resolved.extend(other.resolved)

    def answered(self, resource: str, request: Request) -> None:
        """A request that may have failed before has not, now."""
        self.resolved.append((resource, str(request)))

    def saw(self, resource: str, request: Request, at: dt.datetime) -> None:
        """The thing that a request is about was answered, with or without rows."""
        self.answered(resource, request)
        seen = LastAnswer(observed_at=at, resource=resource, thing_id=request.thing_id)
        self.rows[LastAnswer].append(seen.model_dump())

    def failed(
        self, resource: str, request: Request, why: Failed | Exception | str, payload: str = ""
    ) -> None:
        """Set a request aside, to be asked again by the next load or by a replay."""
        status = why.status if isinstance(why, Failed) else None
        code = why.code if isinstance(why, Failed) else type(why).__name__
        if isinstance(why, str):
            message, code = why, "incomplete"
        elif isinstance(why, Failed):
            message = why.message
        else:  # pydantic's own text repeats the input, which may be personal
            message = "; ".join(
                f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
                for error in why.errors(include_input=False, include_url=False)
            )
        self.letters.append(
            DeadLetter(
                resource=resource,
                stage="extract" if isinstance(why, Failed) else "check",
                error_class=code or f"http_{status}",
                error_message=message,
                payload=payload,
                location=str(request),
                http_status=status,
                identity=str(request),
            )
        )
