"""Extraction: one resource after the other, for every account, and what goes wrong with it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.client import Failed, Request
from ingestion.mercadolivre.oauth import AccountError, UnansweredError
from ingestion.mercadolivre.own import OWN
from ingestion.mercadolivre.resource import Each, Resource, Run
from ingestion.mercadolivre.watch import WATCH
from warehouse import UserError

RESOURCES: dict[str, Resource] = {resource.name: resource for resource in (*OWN, *WATCH)}
APP = 0  # the account of an app that nobody has signed in to

Say = Callable[[str], None]


@dataclass
class Problems:
    """What kept an extraction from being complete, in lines for the user."""

    skipped: list[str] = field(default_factory=list)  # closed to the app: expected
    failed: list[str] = field(default_factory=list)


def chosen(only: Iterable[str] = ()) -> list[Resource]:
    """The resources of these names in the order they are fetched; all but optional ones if none.

    Raises UserError for a name that is none.
    """
    names = set(only)
    if unknown := sorted(names - RESOURCES.keys()):
        raise UserError(f"no such resource: {', '.join(unknown)}; there are {', '.join(RESOURCES)}")
    return [r for r in RESOURCES.values() if r.name in names or not (names or r.is_optional)]


def extract(
    run: Run, resources: Iterable[Resource], problems: Problems, say: Say = lambda line: None
) -> Iterator[Batch]:
    """Yield what every resource has that is due, for every account of the run."""
    lost: set[int] = set()
    for resource in resources:
        for account in _accounts(run, resource):
            if account in lost:
                continue
            why = run.capabilities.reason(account, resource.endpoints)
            if why:
                line = f"{resource.name} of {account or 'the app'}: {why}"
                problems.skipped.append(line)
                say(f"skipped {line}")
                yield resource.refused(run, account, _count(run, resource, account), why)
                continue
            try:
                yield from take(run, resource, account, resource.due(run, account), problems)
            except (AccountError, UnansweredError) as error:
                lost.add(account)
                problems.failed.append(str(error))
                say(str(error))


def take(
    run: Run, resource: Resource, account: int, wanted: Iterable[Request], problems: Problems
) -> Iterator[Batch]:
    """Take requests of one resource; one that fails as a whole is accounted for, too."""
    wanted = wanted if isinstance(resource, Each) else list(wanted)
    try:
        for batch in resource.take(run, account, wanted):
            run.known.absorb(batch)
            yield batch
    except Failed as failure:
        if failure.status in (401, 403):
            run.capabilities.learn(run.client)
            why = f"{failure.status} {failure.code}"
            problems.skipped.append(f"{resource.name} of {account or 'the app'}: {why}")
            yield resource.refused(run, account, 0, why)
            return
        batch = Batch()
        for request in wanted:
            batch.failed(resource.name, request, failure)
        asked = len(batch.letters)
        batch.entries.append(run.entry(resource, account, "no answer", asked, 0, asked))
        yield batch
    else:
        if isinstance(wanted, list):
            yield Batch(resolved=[(resource.name, str(request)) for request in wanted])


def _accounts(run: Run, resource: Resource) -> tuple[int, ...]:
    return run.accounts if resource.mode == "own" else (run.accounts or (APP,))[:1]


def _count(run: Run, resource: Resource, account: int) -> int:
    """How many things are not asked for; a listing of things counts as none."""
    return sum(1 for _ in resource.due(run, account)) if isinstance(resource, Each) else 0
