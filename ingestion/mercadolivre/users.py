"""Profiles: of own accounts, and of the sellers that offer what is watched."""

from collections.abc import Iterable, Iterator

from ingestion.mercadolivre.client import Answer, Request
from ingestion.mercadolivre.known import NEVER
from ingestion.mercadolivre.resource import Each, Mode, Part, Run
from ingestion.mercadolivre.tables import User


class Sellers(Each):
    """Sellers of offers; what is public of them."""

    name = "users"
    mode: Mode = "watch"
    endpoints = ("/users/{id}",)
    is_own = False

    def ids(self, run: Run, account: int) -> Iterable[int]:
        # an account told its company when it asked for itself; others would not see that
        return sorted(run.known.sellers - set(run.signed_in))

    def due(self, run: Run, account: int) -> Iterator[Request]:
        days = run.settings.users_max_age_days
        for id in self.ids(run, account):
            is_old = run.is_older(run.known.seen(self.name, id), days=days)
            if is_old or id in run.known.partial_users:
                yield Request("/users/{id}", f"/users/{id}", account=account)

    def is_whole(self, answer: Answer) -> bool:
        return answer.status != 206

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        id, is_partial = int(answer.request.thing_id), not self.is_whole(answer)
        if is_partial and run.known.seen(self.name, id) > NEVER:
            return  # what was known before is more
        yield User, answer.body, {"is_partial": is_partial, "is_own": self.is_own}


class Accounts(Sellers):
    """The accounts that signed in, asked as themselves."""

    name = "accounts"
    mode: Mode = "own"
    is_own = True

    def ids(self, run: Run, account: int) -> Iterable[int]:
        return (account,)
