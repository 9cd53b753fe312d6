"""The simulated API without HTTP: for worlds whose requests would take hours."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterable, Iterator

from ingestion.mercadolivre.client import Answer, Failed, Request, refusal
from simulators.mercadolivre import Faults, World
from simulators.mercadolivre.api import CAPABILITIES, Api, Call
from simulators.mercadolivre.errors import Refusal


class Direct:
    """In a client's place: the same answers, without tokens, budget, retries and faults."""

    def __init__(self, world: World):
        faults = Faults(partial_user=0, late_order=0)
        capabilities = {name: allowed for name, (allowed, _) in CAPABILITIES.items()}
        self._world, self._rng = world, faults.rng(0)
        self._api = Api(world, "", capabilities, faults, Counter(), 0, time.monotonic)

    @property
    def now(self) -> dt.datetime:
        """The world's time, UTC."""
        return self._world.now.astimezone(dt.UTC)

    def get(self, request: Request) -> Answer:
        """Raises Failed."""
        headers = {"x-format-new": "true"}
        call = Call(request.account or None, dict(request.params), headers, self._rng)
        try:
            told = self._api.answer(request.path, call)
        except Refusal as refused:
            raise refusal(request, refused.status, refused.body) from None
        return Answer(request, told.status, told.body, told.headers, self.now)

    def get_all(self, wanted: Iterable[Request]) -> Iterator[tuple[Request, Answer | Failed]]:
        """Answers and failures, in order."""
        for request in wanted:
            try:
                yield request, self.get(request)
            except Failed as failure:
                yield request, failure
