"""Loading the marketplace: plan, fetch, stage, account for every row, merge; a batch at a time."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import urlsplit

import sqlalchemy as sa
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.capabilities import Capabilities, probe
from ingestion.mercadolivre.client import Budget, Client, Failed, Request, total
from ingestion.mercadolivre.extract import APP, RESOURCES, Problems, chosen, extract, take
from ingestion.mercadolivre.known import NEVER, SCHEMA, known_of
from ingestion.mercadolivre.oauth import AccountError, Accounts, UnansweredError
from ingestion.mercadolivre.own import Items, Orders
from ingestion.mercadolivre.resource import Resource, Run
from ingestion.mercadolivre.settings import Settings, settings
from ingestion.mercadolivre.source import mercadolivre
from ingestion.mercadolivre.tables import TABLES, Drift, Reader, Table
from ingestion.mercadolivre.watchlist import watchlist
from ingestion.progress import Progress, silent
from ingestion.staging import staging_pipeline
from warehouse import UserError, Warehouse, open_warehouse
from warehouse.dead_letters import letters, payload_hash, resolve
from warehouse.errors import first_line, root_cause
from warehouse.ledger import LedgerEntry, new_load_id, now, record
from warehouse.secrets import Vault, vault
from warehouse.staging import drop_schema, merge_schema
from warehouse.tables import load_ledger

SOURCE = "mercadolivre"
STAGED = "raw_mercadolivre_next"
DRIFT = "drift"  # the ledger's entry of what is new to the tables
FLUSH_ROWS, FLUSH_SECONDS = 20_000, 30.0  # what a kill may cost
OTHER_WAREHOUSE = "Use another warehouse, as in ARMAZEM_HOME=/tmp/other"
MOST_ATTEMPTS = 10  # of a dead letter, by loads; a replay has no limit

Say = Callable[[str], None]


@dataclass
class LoadResult:
    """What a load did. ``entries`` are the ledger's; ``problems`` say what is not complete."""

    load_id: str
    calls: int = 0
    throttled: int = 0  # calls that were answered 429
    drift: Drift = field(default_factory=Drift)
    problems: Problems = field(default_factory=Problems)
    entries: list[LedgerEntry] = field(default_factory=list)

    def loaded(self, resource: str) -> int:
        """How many of a resource's rows were loaded."""
        return sum(entry.loaded_rows for entry in self.entries if entry.resource == resource)

    def summary(self) -> tuple[list[str], list[tuple]]:
        """Column names and rows: per resource, the sums of what became of what it had."""
        columns = ["source_rows", "loaded_rows", "dead_lettered_rows", "truncated_rows"]
        found: dict[tuple[str, str], Counter[str]] = {}
        for entry in self.entries:
            if entry.resource != DRIFT:
                sums = found.setdefault((entry.details["mode"], entry.resource), Counter())
                sums.update({column: getattr(entry, column) for column in columns})
        rows = [(*key, *(sums[column] for column in columns)) for key, sums in found.items()]
        return ["mode", "resource", *columns], rows


class Loader:
    """Loads one warehouse; a context manager that holds the right to.

    ``state`` is the PostgreSQL of tokens and capabilities, whatever engine ``warehouse`` is.
    ``backoff`` are the seconds that the first retry of a call waits at most.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        state: Warehouse,
        settings: Settings,
        vault: Vault,
        say: Say = lambda line: None,
        progress: Progress = silent,
        backoff: float = 1.0,
    ):
        self._warehouse, self._state = warehouse, state
        self._settings = settings
        self._say, self._progress = say, progress
        self._accounts = Accounts(state, settings, vault)
        self._pseudonym = vault.pseudonym
        self._reader = Reader(vault.pseudonym)
        self._budget = Budget(settings.requests_per_hour)
        self._client = Client(
            settings.api_url, self._accounts, self._budget, settings.workers,
            settings.timeout_seconds, backoff,
        )  # fmt: skip
        self._stack = ExitStack()

    def __enter__(self) -> "Loader":
        with ExitStack() as stack:
            stack.enter_context(self._state.exclusive(SOURCE))
            if not self._warehouse.is_postgres:
                stack.enter_context(self._warehouse.exclusive(SOURCE))
            stack.enter_context(self._client)
            self._work = stack.enter_context(self._warehouse.work_folder(SOURCE))
            self._prepare()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.__exit__(*error)

    def load(
        self,
        only: Iterable[str] = (),
        accounts: Sequence[int] = (),
        since: dt.datetime | None = None,
    ) -> LoadResult:
        """Fetch what is due. What came before a failure is kept, and said in the ledger.

        Raises UserError when nothing can be fetched: no account, no such resource, no answer.
        """
        if since and since > dt.datetime.now(dt.UTC):
            raise UserError(f"nothing has changed since {since:%Y-%m-%d}, which is to come")
        resources = chosen(only)
        run = self._run(accounts, since, resources)
        calls = self._plan(run, resources)
        result = LoadResult(new_load_id())
        again = [
            letter
            for letter in letters(self._warehouse, source=SOURCE)
            if letter["attempts"] < MOST_ATTEMPTS
            and RESOURCES.get(letter["resource"]) in resources
            and Request.parse(letter["location"]).account in (*run.accounts, APP)
        ]
        replays = self._replays(run, again, result.problems)
        fetched = extract(run, resources, result.problems, self._say)
        self._merge(run, result, chain(replays, fetched), calls)
        return result

    def probe(self) -> None:
        """Ask every endpoint once, for every account, and remember what is allowed."""
        run = self._run((), None, [])
        for account in run.accounts or (APP,):
            self._probe(run, account)

    def replay(self, found: list[dict]) -> tuple[int, int]:
        """Ask again for dead letters; returns how many were answered, and how many were not."""
        run = self._run((), None, [])
        result = LoadResult(new_load_id())
        self._merge(run, result, self._replays(run, found, result.problems))
        still_open = {letter["id"] for letter in letters(self._warehouse, source=SOURCE)}
        failing = sum(letter["id"] in still_open for letter in found)
        return len(found) - failing, failing

    def _run(
        self, wanted: Sequence[int], since: dt.datetime | None, resources: list[Resource]
    ) -> Run:
        watched = watchlist(self._settings.watchlist)
        accounts = self._signed_in(wanted)
        needs_account = any(resource.mode == "own" for resource in resources)
        if needs_account and not accounts:
            if not watched:
                raise UserError(
                    "no account has signed in, and no product is watched: armazem auth mercadolivre"
                )
            self._say("no account has signed in: only what is watched is loaded")
        with self._warehouse.begin() as connection:
            known = known_of(connection)
        return Run(
            client=self._client,
            reader=self._reader,
            known=known,
            settings=self._settings,
            capabilities=Capabilities(self._state, self._settings.client_id),
            watched=watched,
            accounts=accounts,
            signed_in=self._signed_in(()),
            since=since,
        )

    def _signed_in(self, wanted: Sequence[int]) -> tuple[int, ...]:
        known = {account.user_id: account for account in self._accounts.list()}
        if unknown := sorted(set(wanted) - known.keys()):
            raise UserError(f"account {unknown[0]} has not signed in: armazem auth mercadolivre")
        return tuple(wanted or known)

    def _plan(self, run: Run, resources: list[Resource]) -> int:
        """Find out what may be asked, how much there is, and say how long it will take."""
        calls: Counter[str] = Counter()
        for account in run.accounts or (APP,):
            try:
                self._lower_budget(account)
                if run.capabilities.is_stale(account):
                    self._probe(run, account)
                self._require_later(run)
                totals = _totals(run, account) if account else {}
            except (AccountError, UnansweredError):
                continue  # the extraction says so
            for resource in resources:
                is_theirs = resource.mode == "own" or account == (run.accounts or (APP,))[0]
                if is_theirs and not run.capabilities.reason(account, resource.endpoints):
                    calls[resource.name] += resource.estimate(run, account, totals)
        per_hour = self._budget.per_hour
        minutes = max(1, round(calls.total() * 60 / per_hour))
        each = ", ".join(f"{name} {count:,}" for name, count in calls.items() if count)
        self._say(
            f"plan: about {calls.total():,} calls, {minutes} min at {per_hour:,} an hour"
            f" ({each or 'nothing is due'})"
        )
        return calls.total()

    def _require_later(self, run: Run) -> None:
        """A server that lives before what was read is another one, however it is called."""
        read = max(run.known.cursors.values(), default=NEVER)
        if read > self._client.now + dt.timedelta(days=1):
            raise UserError(
                f"the server's time is {self._client.now:%Y-%m-%d}, and this warehouse has read"
                f" until {read:%Y-%m-%d}: is it another API? {OTHER_WAREHOUSE}"
            )

    def _probe(self, run: Run, account: int) -> None:
        self._say(f"finding out what {f'account {account}' if account else 'the app'} may ask")
        run.capabilities.forget(account)
        product = run.watched[0] if run.watched else None
        probe(self._client, account, self._settings.site, self._settings.client_id, product)
        run.capabilities.learn(self._client)

    def _lower_budget(self, account: int) -> None:
        """The API knows how many requests an hour this app may send."""
        path = f"/applications/{self._settings.client_id}"
        try:
            told = self._client.get(Request("/applications/{id}", path, account=account)).body
            self._budget.lower(int(told["max_requests_per_hour"]))
        except (Failed, KeyError, TypeError, ValueError):
            pass  # then it is the setting alone

    def _replays(self, run: Run, found: list[dict], problems: Problems) -> Iterator[Batch]:
        """Ask again what failed before; what is due is worked out after that."""
        wanted: dict[tuple[Resource, int], list[Request]] = {}
        for letter in found:
            request, resource = Request.parse(letter["location"]), RESOURCES[letter["resource"]]
            wanted.setdefault((resource, request.account), []).append(request)
        for (resource, account), requests in wanted.items():
            if run.capabilities.reason(account, resource.endpoints):
                continue  # the probe says when it is open again
            try:
                yield from take(run, resource, account, requests, problems, self._say)
            except (AccountError, UnansweredError) as error:
                self._say(str(error))

    def _merge(
        self, run: Run, result: LoadResult, batches: Iterator[Batch], calls: int = 0
    ) -> None:
        """Stage and merge batches until they end; what came before a failure is kept."""
        opened = letters(self._warehouse, source=SOURCE)
        self._open = {(letter["resource"], letter["payload_hash"]) for letter in opened}
        started_at, pending, flushed = now(), Batch(), time.monotonic()
        try:
            for batch in batches:
                pending.absorb(batch)
                self._progress("calls", self._client.sent, max(calls, self._client.sent + 1))
                if pending.size >= FLUSH_ROWS or time.monotonic() - flushed > FLUSH_SECONDS:
                    batch, pending = pending, Batch()
                    self._flush(run, result, batch, started_at)
                    flushed = time.monotonic()
        except BaseException:
            if self._is_sound:
                self._flush(run, result, pending, started_at)
            raise
        finally:
            run.capabilities.learn(self._client)
        if self._reader.drift:
            drift = self._reader.drift
            details = {"fields": dict(drift.fields), "words": dict(drift.words)}
            pending.entries.append(LedgerEntry(DRIFT, "all", 0, 0, details=details))
        self._flush(run, result, pending, started_at)
        result.drift = self._reader.drift
        result.calls, result.throttled = self._client.sent, self._client.throttled
        self._progress("calls", self._client.sent, self._client.sent)

    def _flush(self, run: Run, result: LoadResult, batch: Batch, started_at: dt.datetime) -> None:
        """Stage a batch, then merge it with its ledger entries and dead letters at once."""
        if not (batch.entries or batch.size or batch.letters):
            return
        self._is_sound = False
        self._stage(batch)
        for entry in batch.entries:
            entry.details.update(self._origin)
        self._open.update((letter.resource, letter.payload_hash) for letter in batch.letters)
        answered = {(resource, payload_hash(text)) for resource, text in batch.resolved}
        with self._warehouse.begin() as connection:
            publish(connection, {table.table: len(rows) for table, rows in batch.rows.items()})
            record(
                connection,
                load_id=result.load_id,
                source=SOURCE,
                as_of=run.client.now.replace(tzinfo=None),
                started_at=started_at,
                entries=batch.entries,
                dead_letters=batch.letters,
            )
            resolve(connection, SOURCE, answered & self._open)
        result.entries.extend(batch.entries)
        self._is_sound = True

    def _prepare(self) -> None:
        """Empty the staging; see that every table exists, and that the data is of this API."""
        self._is_sound = True
        host = urlsplit(self._settings.api_url).hostname
        self._origin = {"api": host, "pseudonyms": self._pseudonym("armazem")[:8]}
        self._pipeline = staging_pipeline(self._warehouse, "mercadolivre", STAGED, str(self._work))
        with self._warehouse.begin() as connection:
            drop_schema(connection, STAGED)  # a killed load leaves its half here
            _require_same_origin(connection, self._origin)
            query = sa.text(
                "select table_name from information_schema.tables where table_schema = :s"
            )
            found = set(connection.scalars(query, {"s": SCHEMA}))
        missing = [table for table in TABLES if table.table not in found]
        if missing:
            if found:
                names = ", ".join(table.table for table in missing)
                self._say(f"made empty: {names}; --since reads again what they held")
            self._stage(Batch(rows={table: [] for table in missing}))
            with self._warehouse.begin() as connection:
                publish(connection, {})

    def _stage(self, batch: Batch) -> None:
        """Load a batch into ``raw_mercadolivre_next`` through dlt."""
        if not batch.rows:
            return
        source = mercadolivre([batch]).with_resources(*(table.table for table in batch.rows))
        try:
            self._pipeline.run(source, write_disposition="replace")
        except PipelineStepFailed as error:
            cause = first_line(root_cause(error))
            raise UserError(f"loading failed: {cause}") from error


def publish(connection: sa.Connection, expected: dict[str, int]) -> None:
    """Merge what is staged in ``raw_mercadolivre_next`` into ``raw_mercadolivre``, and empty it.

    ``expected`` is the number of rows by table. Raises UserError when others are there.
    """
    keys = {table.table: table.replaces for table in TABLES}
    for table in TABLES:
        if expected.get(table.part_of):
            _delete_parts(connection, table)
    merged = merge_schema(connection, STAGED, SCHEMA, keys)
    for table, rows in merged.items():
        if rows != expected.get(table, 0):
            raise UserError(
                f"{table}: {expected.get(table, 0)} rows were handed over and {rows} arrived"
            )
        if rows:
            connection.execute(sa.text(f"truncate table {STAGED}.{table}"))


def _delete_parts(connection: sa.Connection, table: type[Table]) -> None:
    """Of a whole that comes anew, the parts it had: it may have none of them now."""
    (column,) = table.replaces
    connection.execute(
        sa.text(
            f"delete from {SCHEMA}.{table.table}"
            f" where {column} in (select id from {STAGED}.{table.part_of})"
        )
    )


def _totals(run: Run, account: int) -> dict[str, int]:
    """How many items the account has, and how many orders are due."""
    found = {}
    for name, resource in (("items", Items()), ("orders", Orders())):
        (request,) = resource.due(run, account)
        limited = Request(
            request.endpoint, request.path, (*request.params, ("limit", "1")), account
        )
        try:
            found[name] = total(run.client.get(limited))
        except Failed:
            found[name] = 0
    return found


def _require_same_origin(connection: sa.Connection, origin: dict[str, str | None]) -> None:
    """Invented and real data must not meet in one warehouse, nor two names of one buyer."""
    query = sa.select(load_ledger.c.details).where(load_ledger.c.source == SOURCE)
    before = connection.scalar(query.order_by(load_ledger.c.load_id.desc()).limit(1))
    if not before:
        return
    if before.get("api") != origin["api"]:
        raise UserError(
            f"this warehouse holds the data of {before.get('api')}, not of {origin['api']}."
            f" {OTHER_WAREHOUSE}"
        )
    if before.get("pseudonyms") != origin["pseudonyms"]:
        raise UserError(
            "the buyers in this warehouse have their pseudonyms from another ARMAZEM_SECRET_KEY:"
            " put that key behind the new one, after a comma"
        )


def open_loader(
    warehouse: Warehouse,
    say: Say = lambda line: None,
    progress: Progress = silent,
) -> Loader:
    """A loader with the user's own settings and keys. Raises UserError where one is missing."""
    app, keys = settings(), vault()
    return Loader(warehouse, _state_of(warehouse), app, keys, say, progress)


def replay(warehouse: Warehouse, found: list[dict], say: Say = print) -> tuple[int, int]:
    """Ask again for dead letters; returns how many were answered, and how many were not."""
    with open_loader(warehouse, say) as loader:
        return loader.replay(found)


def _state_of(warehouse: Warehouse) -> Warehouse:
    """Tokens have one home, PostgreSQL: of two copies, one would be used up by the other."""
    return warehouse if warehouse.is_postgres else open_warehouse()
