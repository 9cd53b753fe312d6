"""Extraction: one resource after the other, for every account, and what goes wrong with it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.client import Failed, Request
from ingestion.mercadolivre.oauth import AccountError, RefusedError, UnansweredError
from ingestion.mercadolivre.own import OWN
from ingestion.mercadolivre.resource import ClosedError, Each, Resource, Run
from ingestion.mercadolivre.users import Accounts, Sellers
from ingestion.mercadolivre.watch import WATCH
from warehouse import UserError

RESOURCES: dict[str, Resource] = {
    resource.name: resource for resource in (Accounts(), *OWN, *WATCH, Sellers())
}
APP = 0  # the account of an app that nobody has signed in to

Say = Callable[[str], None]


@dataclass
class Problems:
    """What kept an extraction from being complete, in lines for the user."""

    skipped: list[str] = field(default_factory=list)  # closed to the app, or beyond a ceiling
    failed: list[str] = field(default_factory=list)  # accounts that must sign in again


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
    """Yield what every resource has that is due, for every account of the run.

    An account that must sign in again is left out, and said to be; what is public is then asked by
    another account, or by the app itself.
    """
    lost: dict[int, str] = {}
    for resource in resources:
        for account in _accounts(run, resource, lost):
            why = lost.get(account) or run.capabilities.reason(account, resource.endpoints)
            if why:
                yield _left_out(run, resource, account, _count(run, resource, account), why)
                if account not in lost:
                    problems.skipped.append(f"{resource.name} of {_named(account)}: {why}")
                    say(f"left out {problems.skipped[-1]}")
                if resource.mode == "watch":
                    break
                continue
            try:
                yield from take(run, resource, account, resource.due(run, account), problems, say)
            except (AccountError, RefusedError, UnansweredError) as error:
                lost[account] = str(error)
                problems.failed.append(str(error))
                say(str(error))
                yield _left_out(run, resource, account, 0, str(error))
            else:
                if resource.mode == "watch":
                    break


def take(
    run: Run, resource: Resource, account: int, wanted: Iterable[Request], problems: Problems,
    say: Say = lambda line: None,
) -> Iterator[Batch]:  # fmt: skip
    """Take requests of one resource; one that fails as a whole is accounted for, too."""
    wanted = [request for request in wanted if str(request) not in run.failed]
    try:
        for batch in resource.take(run, account, wanted):
            run.known.absorb(batch)
            run.failed.update(letter.identity for letter in batch.letters)
            yield batch
    except (Failed, ClosedError) as error:
        failure, left = (error, 0) if isinstance(error, Failed) else (error.failure, error.left)
        why = f"{failure.status or 'no answer'} {failure.code}".strip()
        if failure.status in (401, 403):
            run.client.close(failure)
            run.capabilities.learn(run.client)
        elif isinstance(error, Failed):
            yield _set_aside(run, resource, account, wanted, failure)
            return
        problems.skipped.append(f"{resource.name} of {_named(account)}: {why}")
        say(f"left out {problems.skipped[-1]}")
        yield _left_out(run, resource, account, left, why)
        return
    if not isinstance(resource, Each):  # which says it of every request
        asked = {str(request) for request in wanted}
        yield Batch(resolved=[(resource.name, identity) for identity in asked - run.failed])


def _accounts(run: Run, resource: Resource, lost: dict[int, str]) -> tuple[int, ...]:
    """Whose tokens to ask with: one after the other, or for what is public the first that works."""
    if resource.mode == "own":
        return run.accounts
    return (*(account for account in run.accounts if account not in lost), APP)


def _named(account: int) -> str:
    return f"account {account}" if account else "the app"


def _left_out(run: Run, resource: Resource, account: int, count: int, why: str) -> Batch:
    entry = run.entry(resource, account, "left out", count, 0, truncated=count, why=why)
    return Batch(entries=[entry])


def _set_aside(
    run: Run, resource: Resource, account: int, wanted: list[Request], failure: Failed
) -> Batch:
    batch = Batch()
    for request in wanted:
        batch.failed(resource.name, request, failure)
    asked = len(wanted)
    batch.entries.append(run.entry(resource, account, "no answer", asked, 0, asked))
    return batch


def _count(run: Run, resource: Resource, account: int) -> int:
    """How many things are not asked for; a listing of things counts as none."""
    return sum(1 for _ in resource.due(run, account)) if isinstance(resource, Each) else 0
