"""Loading pages: ask for what the API lacks, read, account for every page, merge."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import dlt
import sqlalchemy as sa
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion.pages.browser import Browser
from ingestion.pages.fetch import Answer, Clock, Failed, Fetcher, Impatient
from ingestion.pages.known import LIVE, Known, known_of
from ingestion.pages.parse import VERSION, Parsed, block_of, parse
from ingestion.pages.settings import Settings
from ingestion.pages.tables import COLUMNS, KEYS, Rows, hints
from ingestion.pages.watchlist import Page, watchlist
from ingestion.progress import Progress, silent
from ingestion.staging import staging_pipeline
from warehouse import UserError, Warehouse
from warehouse.dead_letters import DeadLetter, payload_hash, resolve
from warehouse.errors import first_line, root_cause
from warehouse.ledger import LedgerEntry, new_load_id, now, record
from warehouse.staging import drop_schema, merge_schema

SOURCE, RESOURCE, STAGED = "pages", "pages", "raw_pages_next"
FLUSH_PAGES, FLUSH_SECONDS = 100, 60.0  # what a kill may cost
FATES = ("loaded", "deduplicated", "dead_lettered", "truncated")  # as the ledger's columns


@dataclass
class Outcome:
    """What became of a page, one of FATES, and why; with the rows that it gave."""

    page: Page
    fate: str
    reason: str = ""
    message: str = ""
    observation: dict[str, Any] | None = None
    parsed: Parsed = field(default_factory=Parsed)

    def letter(self) -> DeadLetter:
        seen = self.observation or {}
        payload = {"product_id": self.page.product_id, "url": self.page.url}
        payload |= {name: seen[name] for name in ("final_url", "found_in") if seen.get(name)}
        return DeadLetter(
            resource=RESOURCE,
            stage="check" if seen.get("http_status") == 200 else "extract",
            error_class=self.reason,
            error_message=self.message,
            payload=json.dumps(payload, ensure_ascii=False),
            location=self.page.url,
            http_status=seen.get("http_status"),
            identity=str(self.page),
        )


@dataclass
class LoadResult:
    """What a load did. ``entries`` are the ledger's."""

    load_id: str
    requests: int = 0
    entries: list[LedgerEntry] = field(default_factory=list)

    def summary(self) -> tuple[list[str], list[tuple]]:
        """Column names and rows: per domain, the sums of what became of its pages."""
        columns = ["source_rows", *(f"{fate}_rows" for fate in FATES)]
        found: dict[str, Counter[str]] = {}
        for entry in self.entries:
            sums = found.setdefault(entry.details["domain"], Counter())
            sums.update({column: getattr(entry, column) for column in columns})
        rows = [(domain, *(sums[column] for column in columns)) for domain, sums in found.items()]
        return ["domain", *columns], rows


def load(
    warehouse: Warehouse,
    settings: Settings,
    say: Callable[[str], None] = lambda line: None,
    progress: Progress = silent,
    clock: Clock | None = None,
) -> LoadResult:
    """Ask for the watched pages that are due, and merge what they say into ``raw_pages``.

    A page is due when the API lacks a wanted attribute of its product, and its last reading is
    older than the settings say; one that failed is asked again. Raises UserError when pages are
    off, or none is watched.
    """
    settings.hosts()  # off is off, whatever else is missing
    pages = watchlist(settings.watchlist)
    if not pages:
        raise UserError("no page is watched: fill seeds/watched_pages.csv, or PAGES__WATCHLIST")
    clock = clock or Clock()
    result = LoadResult(new_load_id())
    with ExitStack() as stack:
        stack.enter_context(warehouse.exclusive(SOURCE))
        work = stack.enter_context(warehouse.work_folder(SOURCE))
        with warehouse.begin() as connection:
            drop_schema(connection, STAGED)  # a killed load leaves its half here
        known = known_of(warehouse)
        fetcher = stack.enter_context(Fetcher(settings, known.hosts, clock))
        browser = None
        if settings.browser:
            browser = Browser(fetcher, settings.user_agent, settings.timeout_seconds)
            stack.enter_context(browser)
        writer = _Writer(warehouse, str(work), result, clock)
        for done, outcome in enumerate(_outcomes(pages, settings, known, fetcher, browser), 1):
            writer.add(outcome, fetcher)
            if outcome.fate == "dead_lettered":
                say(f"{outcome.page.url}: {outcome.reason}: {outcome.message}")
            progress("pages", done, len(pages))
        writer.flush(fetcher)
        result.requests = fetcher.sent
    return result


def _outcomes(
    pages: list[Page],
    settings: Settings,
    known: Known,
    fetcher: Fetcher,
    browser: Browser | None,
) -> Iterator[Outcome]:
    """What becomes of every page: of those that are due, the host goes first that is free first."""
    due: list[Page] = []
    for page in pages:
        if not settings.wanted() - known.api.get(page.product_id, {}).keys():
            yield Outcome(page, "truncated", "nothing is missing")
        elif not _is_due(page, settings, known, fetcher.clock.now()):
            yield Outcome(page, "truncated", "not due")
        else:
            due.append(page)
    while due:
        page = min(due, key=lambda page: fetcher.ready_at(page.url))
        due.remove(page)
        try:
            yield _asked(page, known, fetcher, browser)
        except Impatient:
            yield Outcome(page, "truncated", "its host wants to wait")
        except Failed as why:
            seen = _observation(page, why.error_class, fetcher, why.url, why.status)
            yield Outcome(
                page, "dead_lettered", why.error_class, why.message, seen if why.status else None
            )


def _is_due(page: Page, settings: Settings, known: Known, at: dt.datetime) -> bool:
    read = known.reads.get((page.product_id, page.url))
    if read is None or read.parser != VERSION:
        return True
    return at - read.held_at >= dt.timedelta(hours=settings.max_age_hours)


def _asked(page: Page, known: Known, fetcher: Fetcher, browser: Browser | None) -> Outcome:
    """Ask for a page and read it. Raises Failed, Impatient."""
    read = known.reads.get((page.product_id, page.url))
    validators = (read.etag, read.last_modified) if read and read.parser == VERSION else ()
    answer = fetcher.get(page.url, *validators)
    if answer.status == 304:
        seen = _observation(page, "unchanged", fetcher, answer.url, 304)
        return Outcome(page, "deduplicated", "unchanged", observation=seen)
    gtin = page.gtin or known.api.get(page.product_id, {}).get("gtin", "")
    wanted = Page(page.product_id, page.url, gtin, page.sku)
    if block := block_of(page.url, answer.url):
        parsed = Parsed(problem="blocked", message=block)
    else:
        parsed = parse(answer.body, wanted, answer.charset)
        if parsed.problem == "no_product" and browser:
            parsed = parse(browser.render(answer), wanted)
    seen = _observation(page, parsed.problem or "read", fetcher, answer.url, 200, answer, parsed)
    fate = "dead_lettered" if parsed.problem else "loaded"
    return Outcome(page, fate, parsed.problem, parsed.message, seen, parsed)


def _observation(
    page: Page,
    outcome: str,
    fetcher: Fetcher,
    final_url: str,
    status: int | None,
    answer: Answer | None = None,
    parsed: Parsed | None = None,
) -> dict[str, Any]:
    return {
        "product_id": page.product_id,
        "url": page.url,
        "observed_at": fetcher.clock.now(),
        "domain": page.domain,
        "outcome": outcome,
        "http_status": status,
        "final_url": final_url,
        "found_in": parsed.found_in if parsed else None,
        "json_ld_blocks": parsed.blocks if parsed else None,
        "invalid_blocks": parsed.invalid_blocks if parsed else None,
        "etag": answer.etag if answer else None,
        "last_modified": answer.last_modified if answer else None,
        "parser": VERSION if parsed else None,
    }


class _Writer:
    """Merges outcomes with their ledger entries and dead letters, many at a time."""

    def __init__(self, warehouse: Warehouse, work: str, result: LoadResult, clock: Clock):
        self._warehouse, self._result, self._clock = warehouse, result, clock
        self._started_at, self._parts = now(), count(1)
        self._pending: list[Outcome] = []
        self._flushed_at = clock.now()
        self._pipeline = staging_pipeline(warehouse, SOURCE, STAGED, work)

    def add(self, outcome: Outcome, fetcher: Fetcher) -> None:
        self._pending.append(outcome)
        waited = (self._clock.now() - self._flushed_at).total_seconds()
        if len(self._pending) >= FLUSH_PAGES or waited > FLUSH_SECONDS:
            self.flush(fetcher)

    def flush(self, fetcher: Fetcher) -> None:
        """Stage what is pending, and publish it with its ledger in one transaction."""
        outcomes, self._pending = self._pending, []
        if not outcomes:
            return
        rows = _rows(outcomes, fetcher)
        self._stage(rows)
        entries = self._entries(outcomes)
        letters = [outcome.letter() for outcome in outcomes if outcome.fate == "dead_lettered"]
        answered = [
            (RESOURCE, payload_hash(str(outcome.page)))
            for outcome in outcomes
            if outcome.fate in ("loaded", "deduplicated")
        ]
        with self._warehouse.begin() as connection:
            _publish(connection, rows)
            record(
                connection,
                load_id=self._result.load_id,
                source=SOURCE,
                as_of=self._clock.now().replace(tzinfo=None),
                started_at=self._started_at,
                entries=entries,
                dead_letters=letters,
            )
            resolve(connection, SOURCE, answered)
        self._result.entries += entries
        self._flushed_at = self._clock.now()

    def _stage(self, rows: Rows) -> None:
        """All tables, empty ones too: what dbt reads must be there once there was a load."""
        resources = [
            dlt.resource(
                rows[table] or [dlt.mark.materialize_table_schema()],
                name=table,
                columns=hints(table),
                write_disposition="replace",
                schema_contract={"columns": "freeze", "data_type": "freeze"},
            )
            for table in COLUMNS
        ]
        try:
            self._pipeline.run(resources)
        except PipelineStepFailed as error:
            raise UserError(f"loading failed: {first_line(root_cause(error))}") from error

    def _entries(self, outcomes: list[Outcome]) -> list[LedgerEntry]:
        entries, by_domain = [], {}
        for outcome in outcomes:
            by_domain.setdefault(outcome.page.domain, []).append(outcome)
        for domain, found in by_domain.items():
            fates = Counter(outcome.fate for outcome in found)
            reasons = {
                fate: dict(Counter(each.reason for each in found if each.fate == fate))
                for fate in ("dead_lettered", "truncated")
            }
            why = ", ".join(f"{times} {reason}" for reason, times in reasons["truncated"].items())
            entries.append(
                LedgerEntry(
                    RESOURCE,
                    f"{domain} #{next(self._parts)}",
                    source_rows=len(found),
                    **{f"{fate}_rows": fates[fate] for fate in FATES},
                    truncated_reason=why or None,
                    details={"domain": domain, "dead_lettered": reasons["dead_lettered"]},
                )
            )
        return entries


def _rows(outcomes: list[Outcome], fetcher: Fetcher) -> Rows:
    rows: Rows = {table: [] for table in COLUMNS}
    for outcome in outcomes:
        if not outcome.observation:
            continue
        rows["observations"].append(outcome.observation)
        page = {name: outcome.observation[name] for name in KEYS["observations"]}
        for name, value in outcome.parsed.values.items():
            rows["attributes"].append({**page, "attribute": name, "value": value})
        rows["types"] += [{**page, "type": each} for each in outcome.parsed.types]
    for host in fetcher.touched.values():
        rows["hosts"].append({name: getattr(host, name) for name in COLUMNS["hosts"]})
    fetcher.touched.clear()
    return rows


def _publish(connection: sa.Connection, rows: Rows) -> None:
    """Merge what is staged. Raises UserError unless it is what was handed over."""
    for table, arrived in merge_schema(connection, STAGED, LIVE, KEYS).items():
        if arrived != len(rows[table]):
            raise UserError(f"{table}: of {len(rows[table])} rows {arrived} arrived")
