"""What anybody may see: catalogue products that are watched, who sells them, and categories.

It is a sample of the market that the watch-list draws, never the market.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.client import Answer, Failed, Request, elements, total
from ingestion.mercadolivre.known import NEVER
from ingestion.mercadolivre.resource import ROUNDS, Each, Mode, Part, Resource, Run
from ingestion.mercadolivre.tables import (
    Category,
    OfferObservation,
    Product,
    ProductObservation,
    User,
)

OFFERS_PAGE = 100
PRODUCT, OFFERS = "/products/{id}", "/products/{id}/items"
ROOTS = "/sites/{site}/categories"


class Products(Resource):
    """Watched products, what is offered of each, and by whom.

    Where the offers are closed to the app, or gone, the winner that the product names is all.
    """

    name = "products"
    mode: Mode = "watch"
    endpoints = (PRODUCT,)

    def due(self, run: Run, account: int) -> Iterator[Request]:
        for id in dict.fromkeys(run.watched + self._own(run)):
            hours = run.settings.prices_max_age_hours
            if run.is_older(run.known.seen(Product, id), hours=hours):
                yield _product(account, id)

    def _own(self, run: Run) -> tuple[str, ...]:
        """What own listings sell: a seller watches the competition first."""
        if not run.settings.watch_own_catalogue:
            return ()
        items = run.known.items.values()
        return tuple(i.catalog_product_id for i in items if i.catalog_product_id)

    def estimate(self, run: Run, account: int, totals: dict[str, int]) -> int:
        return 2 * super().estimate(run, account, totals)

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        # of offers that failed before, the product is asked again with them
        requests = list(dict.fromkeys(_product(account, r.path.split("/")[2]) for r in wanted))
        asked = set(requests)
        while requests:
            batch, children = Batch(), []
            products = {}
            for request, answer in run.client.get_all(requests):
                product = self._product(run, batch, request, answer)
                if product:
                    products[request.path.split("/")[2]] = product
                    # nobody sells a parent: it only leads to what is sold
                    children += [_product(account, id) for id in product["children_ids"] or ()]
            failed = len(requests) - len(products)
            what = f"{len(requests)} products asked"
            batch.entries.append(
                run.entry(
                    self, account, what, len(requests), len(products), dead_lettered_rows=failed
                )
            )
            self._offers(run, account, batch, products)
            yield batch
            requests = [r for r in dict.fromkeys(children) if r not in asked]
            asked.update(requests)

    def _product(
        self, run: Run, batch: Batch, request: Request, answer: Answer | Failed
    ) -> dict[str, Any] | None:
        if isinstance(answer, Failed):
            batch.failed(self.name, request, answer)
            return None
        try:
            row = run.reader.row(Product, answer.body, observed_at=answer.at)
        except ValidationError as error:
            batch.failed(self.name, request, error, run.reader.kept(Product, answer.body))
            return None
        batch.rows[Product].append(row)
        batch.answered(self.name, request)
        return row | {"winner": answer.body.get("buy_box_winner")}

    def _offers(
        self, run: Run, account: int, batch: Batch, products: dict[str, dict[str, Any]]
    ) -> None:
        is_open = run.capabilities.allows(account, OFFERS)
        told = loaded = 0
        firsts = [_offers(account, id) for id in products]
        answers: Iterable[tuple[str, Any]] = ((id, None) for id in products)
        if is_open:
            answers = zip(products, (a for _, a in run.client.get_all(firsts)), strict=True)
        for id, answer in answers:
            winner = products[id]["winner"]
            if isinstance(answer, Answer):
                reported, rows = self._all(run, account, id, answer, winner)
                outcome = "offers"
            elif isinstance(answer, Failed) and answer.status not in (401, 403, 404, 410):
                batch.failed("offers", _offers(account, id), answer)
                told += 1
                continue
            else:
                rows = _winner_rows(run, id, winner, products[id]["observed_at"])
                reported, outcome = len(rows), "winner_only" if rows else "no_offers"
            missing = max(reported - len(rows), 0)
            for _ in range(missing):
                batch.failed("offers", _offers(account, id), "offers did not come out whole")
            if not missing:
                batch.answered("offers", _offers(account, id))
            told, loaded = told + max(reported, len(rows)), loaded + len(rows)
            batch.rows[OfferObservation].extend(rows)
            observation = ProductObservation(
                observed_at=products[id]["observed_at"], product_id=id, outcome=outcome,
                offer_count=reported, is_complete=outcome != "winner_only" and not missing,
            )  # fmt: skip
            batch.rows[ProductObservation].append(observation.model_dump())
        what = f"of {len(products)} products"
        batch.entries.append(
            run.entry(
                self, account, what, told, loaded, resource="offers",
                dead_lettered_rows=told - loaded, is_open=is_open,
            )
        )  # fmt: skip

    def _all(
        self, run: Run, account: int, id: str, first: Answer, winner: Any
    ) -> tuple[int, list[dict[str, Any]]]:
        """How many offers a product has, and those that could be read, best first."""
        best = winner.get("item_id") if isinstance(winner, dict) else None
        found: dict[str, dict[str, Any]] = {}
        answer = first
        for _ in range(ROUNDS):
            reported, offset = total(answer.body), 0
            while True:
                for place, offer in enumerate(elements(answer.body), start=offset + 1):
                    row = _offer_row(run, id, offer, first.at, place, "offers", best)
                    if row:
                        found.setdefault(row["item_id"], row)
                offset += OFFERS_PAGE
                if offset >= reported:
                    break
                try:
                    answer = run.client.get(_offers(account, id, offset))
                except Failed:
                    break
            if len(found) >= reported:
                break
            try:
                answer = run.client.get(_offers(account, id))
            except Failed:
                break
        return reported, list(found.values())


def _product(account: int, id: str) -> Request:
    return Request(PRODUCT, f"/products/{id}", account=account)


def _offers(account: int, id: str, offset: int = 0) -> Request:
    params = (("limit", str(OFFERS_PAGE)), ("offset", str(offset)))
    return Request(OFFERS, f"/products/{id}/items", params, account)


def _offer_row(
    run: Run, id: str, offer: Any, at: Any, place: int, source: str, best: str | None
) -> dict[str, Any] | None:
    try:
        row = run.reader.row(
            OfferObservation, offer, product_id=id, position=place, source=source,
            is_winner=False, observed_at=at,
        )  # fmt: skip
    except ValidationError:
        return None  # its page is read again
    # where the product names nobody, the first is the best
    row["is_winner"] = row["item_id"] == best if best else place == 1
    return row


def _winner_rows(run: Run, id: str, winner: Any, at: Any) -> list[dict[str, Any]]:
    if not isinstance(winner, dict):
        return []
    row = _offer_row(run, id, winner, at, 1, "buy_box_winner", winner.get("item_id"))
    return [row] if row else []


class Users(Each):
    """Own accounts, and the sellers of offers; looked up again after some days."""

    name = "users"
    mode: Mode = "watch"
    endpoints = ("/users/{id}",)

    def due(self, run: Run, account: int) -> Iterator[Request]:
        for id in dict.fromkeys((*run.accounts, *sorted(run.known.sellers))):
            seen = run.known.seen(User, id)
            days = run.settings.users_max_age_days
            if run.is_older(seen, days=days) or id in run.known.partial_users:
                # only an account itself is told its company
                asking = id if id in run.accounts else account
                yield Request("/users/{id}", f"/users/{id}", account=asking)

    def is_whole(self, answer: Answer) -> bool:
        return answer.status != 206

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        id, is_partial = int(answer.request.path.split("/")[2]), not self.is_whole(answer)
        if is_partial and run.known.seen(User, id) > NEVER and id not in run.known.partial_users:
            return  # what was known before is more
        yield User, answer.body, {"is_partial": is_partial, "is_own": id in run.accounts}


class Categories(Each):
    """The tree of categories: all of it, or what is used and the path to it."""

    name = "categories"
    mode: Mode = "watch"
    endpoints = ("/categories/{id}",)

    def due(self, run: Run, account: int) -> Iterator[Request]:
        for id in sorted(run.known.categories):
            if run.is_older(
                run.known.seen(Category, id), days=run.settings.categories_max_age_days
            ):
                yield _category(account, id)

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        is_all = run.settings.categories == "all"
        requests = [request for request in wanted if request.path.startswith("/categories/")]
        if is_all:
            roots = run.client.get(
                Request(ROOTS, f"/sites/{run.settings.site}/categories", account=account)
            )
            requests += [_category(account, id) for id in _ids(roots.body)]
        asked: set[Request] = set()
        while requests := [r for r in dict.fromkeys(requests) if r not in asked]:
            asked.update(requests)
            next_ones: list[Request] = []
            for batch in super().take(run, account, requests):
                for row in batch.rows.get(Category, ()):
                    near = list(row["children_categories"] or ()) if is_all else []
                    near += _ids(row["path_from_root"])
                    next_ones += [
                        _category(account, id) for id in near if self._is_unknown(run, id)
                    ]
                yield batch
            requests = next_ones

    def _roots(self, run: Run, account: int) -> list[str]:
        """All that could be read in some rounds; how many there should be, nobody tells."""
        request = Request(ROOTS, f"/sites/{run.settings.site}/categories", account=account)
        ids: dict[str, None] = {}
        for _ in range(ROUNDS):
            roots = run.client.get(request).body
            ids |= dict.fromkeys(_ids(roots))
            if len(ids) >= len(elements(roots)):
                break
        return list(ids)

    def _is_unknown(self, run: Run, id: str) -> bool:
        return run.is_older(run.known.seen(Category, id), days=run.settings.categories_max_age_days)

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        yield Category, answer.body, {}


def _category(account: int, id: str) -> Request:
    return Request("/categories/{id}", f"/categories/{id}", account=account)


def _ids(found: Any) -> list[str]:
    return [
        e["id"] for e in elements(found) if isinstance(e, dict) and isinstance(e.get("id"), str)
    ]


WATCH: tuple[Resource, ...] = (Products(), Users(), Categories())
