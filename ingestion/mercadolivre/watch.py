"""What anybody may see: catalogue products that are watched, who sells them, and categories.

It is a sample of the market that the watch-list draws, never the market.
"""

import datetime as dt
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.client import Answer, Failed, Request, elements, total
from ingestion.mercadolivre.resource import ROUNDS, Each, Mode, Part, Resource, Run
from ingestion.mercadolivre.tables import (
    Category,
    OfferObservation,
    Product,
    ProductObservation,
)

OFFERS_PAGE = 100
PRODUCT, OFFERS = "/products/{id}", "/products/{id}/items"
ROOTS = "/sites/{site}/categories"


class Products(Each):
    """Watched products, what they lead to, and the winner that each names."""

    name = "products"
    mode: Mode = "watch"
    endpoints = (PRODUCT,)

    def due(self, run: Run, account: int) -> Iterator[Request]:
        for id in watched(run):
            hours = run.settings.prices_max_age_hours
            if run.is_older(run.known.seen(self.name, id), hours=hours):
                yield _product(account, id)

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        asked: dict[Request, None] = {}
        requests = list(wanted)
        while requests:
            asked |= dict.fromkeys(requests)
            yield from super().take(run, account, requests)
            # nobody sells a parent: it leads to what is sold
            children = (run.known.children.get(request.thing_id, ()) for request in requests)
            found = (_product(account, id) for id in itertools.chain.from_iterable(children))
            requests = [request for request in dict.fromkeys(found) if request not in asked]

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        yield Product, answer.body, {}
        id, winner = answer.request.thing_id, answer.body.get("buy_box_winner")
        if winner:
            more = {"position": 1, "is_winner": True, "source": "product"}
            yield OfferObservation, winner, {"product_id": id, **more}
        is_all = not winner and not answer.body.get("children_ids")
        yield ProductObservation, {}, _observed(id, "product", int(bool(winner)), is_all)


class Offers(Resource):
    """Who offers the watched products, and for how much.

    Where this is closed to the app, the winner that the product names is all that is known.
    """

    name = "offers"
    mode: Mode = "watch"
    endpoints = (OFFERS,)

    def due(self, run: Run, account: int) -> Iterator[Request]:
        for id in watched(run):
            hours = run.settings.prices_max_age_hours
            is_parent = bool(run.known.children.get(id))
            if not is_parent and run.is_older(run.known.seen(self.name, id), hours=hours):
                yield _offers(account, id)

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        for piece in self.ask(run, wanted):
            batch, told, loaded = Batch(), 0, 0
            for request, answer in piece:
                try:
                    reported, rows = self._all(run, request, answer)
                except Failed as failure:
                    batch.failed(self.name, request, failure)
                    told += 1
                    continue
                for _ in range(reported - len(rows)):
                    batch.failed(self.name, request, "offers did not come out whole")
                told, loaded = told + max(reported, len(rows)), loaded + len(rows)
                batch.rows[OfferObservation].extend(rows)
                seen = self._observation(run, request, answer, reported, len(rows))
                batch.rows[ProductObservation].append(seen)
                if len(rows) >= reported:
                    batch.saw(self.name, request, seen["observed_at"])
            what = f"of {len(piece)} products"
            batch.entries.append(run.entry(self, account, what, told, loaded, told - loaded))
            yield batch

    def _observation(
        self, run: Run, request: Request, answer: Answer | Failed, reported: int, found: int
    ) -> dict[str, Any]:
        """A 404 says that nobody sells it, unless the product itself names a winner."""
        id = request.thing_id
        is_gone = isinstance(answer, Failed) and id in run.known.winners
        seen = _observed(id, self.name, reported, found >= reported and not is_gone)
        at = run.client.now if isinstance(answer, Failed) else answer.at
        return run.reader.row(ProductObservation, {}, observed_at=at, **seen)

    def _all(
        self, run: Run, request: Request, answer: Answer | Failed
    ) -> tuple[int, list[dict[str, Any]]]:
        """How many offers a product has, and those that could be read, best first.

        Raises Failed, but for a 404: then nobody sells it.
        """
        if isinstance(answer, Failed):
            if answer.status != 404:
                raise answer
            return 0, []
        found: dict[str, dict[str, Any]] = {}
        at = answer.at
        for _ in range(ROUNDS):
            while isinstance(answer, Answer):
                reported = total(answer)
                offset = int(dict(answer.request.params)["offset"])
                for place, offer in enumerate(elements(answer.body), start=offset + 1):
                    row = self._row(run, request, offer, at, place)
                    if row:
                        found.setdefault(row["item_id"], row)
                if offset + OFFERS_PAGE >= reported:
                    break
                answer = self._get(run, request, offset + OFFERS_PAGE)
            if isinstance(answer, Failed) or len(found) >= reported:
                break
            answer = self._get(run, request, 0)
        return reported, list(found.values())

    def _get(self, run: Run, request: Request, offset: int) -> Answer | Failed:
        try:
            return run.client.get(_offers(request.account, request.thing_id, offset))
        except Failed as failure:
            return failure

    def _row(
        self, run: Run, request: Request, offer: Any, at: dt.datetime, place: int
    ) -> dict[str, Any] | None:
        id = request.thing_id
        best = run.known.winners.get(id)
        is_winner = isinstance(offer, dict) and (
            offer.get("item_id") == best if best else place == 1
        )
        try:
            return run.reader.row(
                OfferObservation, offer, product_id=id, position=place, source=self.name,
                is_winner=is_winner, observed_at=at,
            )  # fmt: skip
        except ValidationError:
            return None  # its page is read again


def watched(run: Run) -> Iterator[str]:
    """Products of the watch-list and of own listings, and what they lead to."""
    own = (item.catalog_product_id for item in run.known.items.values())
    ids = deque([*run.watched, *(filter(None, own) if run.settings.watch_own_catalogue else ())])
    seen: set[str] = set()
    while ids:
        id = ids.popleft()
        if id not in seen:
            seen.add(id)
            yield id
            ids.extend(run.known.children.get(id, ()))


def _observed(id: str, source: str, count: int, is_complete: bool) -> dict[str, Any]:
    return {"product_id": id, "source": source, "offer_count": count, "is_complete": is_complete}


def _product(account: int, id: str) -> Request:
    return Request(PRODUCT, f"/products/{id}", account=account)


def _offers(account: int, id: str, offset: int = 0) -> Request:
    params = (("limit", str(OFFERS_PAGE)), ("offset", str(offset)))
    return Request(OFFERS, f"/products/{id}/items", params, account)


class Categories(Each):
    """The tree of categories: all of it, or what is used and the path to it."""

    name = "categories"
    mode: Mode = "watch"
    endpoints = ("/categories/{id}",)

    def due(self, run: Run, account: int) -> Iterator[Request]:
        for id in sorted(run.known.categories):
            if run.is_older(
                run.known.seen(self.name, id), days=run.settings.categories_max_age_days
            ):
                yield _category(account, id)

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        root = Request(ROOTS, f"/sites/{run.settings.site}/categories", account=account)
        requests = list(dict.fromkeys(wanted))
        is_all = run.settings.categories == "all" or root in requests
        if is_all:
            batch = Batch()
            requests = [r for r in requests if r != root] + self._roots(run, batch, root)
            yield batch
        asked: set[Request] = set()
        while requests := [r for r in dict.fromkeys(requests) if r not in asked]:
            asked.update(requests)
            near: list[str] = []
            for batch in super().take(run, account, requests):
                for row in batch.rows.get(Category, ()):
                    near += _ids(row["path_from_root"])
                    near += (row["children_categories"] or ()) if is_all else ()
                yield batch
            requests = [_category(account, id) for id in near if self._is_unknown(run, id)]

    def _is_unknown(self, run: Run, id: str) -> bool:
        return run.is_older(
            run.known.seen(self.name, id), days=run.settings.categories_max_age_days
        )

    def _roots(self, run: Run, batch: Batch, request: Request) -> list[Request]:
        """The beginnings of the tree: all that come out in some readings."""
        found: dict[str, None] = {}
        told = 0
        for _ in range(ROUNDS):
            try:
                body = run.client.get(request).body
            except Failed as failure:
                batch.failed(self.name, request, failure)
                batch.entries.append(run.entry(self, request.account, "roots", 1, 0, 1))
                return []
            told = len(elements(body))
            found |= dict.fromkeys(_ids(body))
            if len(found) >= told:
                break
        lost = max(told - len(found), 0)
        for _ in range(lost):
            batch.failed(self.name, request, "roots did not come out whole")
        if not lost:
            batch.answered(self.name, request)
        entry = run.entry(self, request.account, "roots", len(found) + lost, len(found), lost)
        batch.entries.append(entry)
        return [_category(request.account, id) for id in found if self._is_unknown(run, id)]

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        yield Category, answer.body, {}


def _category(account: int, id: str) -> Request:
    return Request("/categories/{id}", f"/categories/{id}", account=account)


def _ids(found: Any) -> list[str]:
    return [
        e["id"] for e in elements(found) if isinstance(e, dict) and isinstance(e.get("id"), str)
    ]


WATCH: tuple[Resource, ...] = (Products(), Offers(), Categories())
