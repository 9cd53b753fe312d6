"""What an account may see of itself: listings, their prices, stock and visits, and its sales."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from ingestion.mercadolivre.batch import Batch
from ingestion.mercadolivre.client import Answer, Failed, Request, elements, listed, refusal, total
from ingestion.mercadolivre.known import NEVER, KnownItem
from ingestion.mercadolivre.resource import CHUNK, ROUNDS, Each, Part, Resource, Run
from ingestion.mercadolivre.tables import (
    Cursor,
    Item,
    ItemVariation,
    LastAnswer,
    MissedFeed,
    Order,
    OrderItem,
    OrderPayment,
    PriceObservation,
    PriceToWinObservation,
    Reader,
    SalePriceObservation,
    Shipment,
    ShipmentCost,
    StockObservation,
    Table,
    UserProduct,
    UserProductStock,
    Visit,
)

# Ceilings of the API
MULTIGET = 20
ITEMS_PAGE, ITEMS_OFFSET = 100, 1_000
ORDERS_PAGE, ORDERS_CEILING = 50, 10_000
FEEDS_PAGE, FEEDS_CEILING = 10, 10_000
VISITS_DAYS = 150
ORDERS_KEPT = dt.timedelta(days=365)

Row = tuple[type[Table], dict[str, Any]]

HOUR = dt.timedelta(hours=1)
OVERLAP = HOUR  # of what was read before: updates come to the search a minute late
OPEN_SHIPMENT_AGE = HOUR


class Items(Resource):
    """Own listings: the ids of all, then twenty at a time those that are new or changed."""

    name = "items"
    endpoints = ("/users/{id}/items/search", "/items")

    def due(self, run: Run, account: int) -> Iterable[Request]:
        return [_search(account)]

    def estimate(self, run: Run, account: int, totals: dict[str, int]) -> int:
        all_of_them = totals.get("items", 0)
        fresh = sum(not self._is_old(run, id) for id in run.known.items_of(account))
        return all_of_them // ITEMS_PAGE + max(all_of_them - fresh, 100) // MULTIGET + 2

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        for request in wanted:
            if request.path == "/items":  # one that failed before
                yield from self._get(run, account, dict(request.params)["ids"].split(","))
            else:
                yield from self._all(run, account)

    def _is_old(self, run: Run, id: str) -> bool:
        """New, or not read for so long that its changes may have been missed."""
        seen = run.known.seen(self.name, id)
        return run.since is not None or run.is_older(seen, days=run.settings.items_sweep_days)

    def _all(self, run: Run, account: int) -> Iterator[Batch]:
        at = run.client.now
        ids, reported, why = self._ids(run, account)
        lost = max(reported - len(ids), 0)
        yield Batch(
            entries=[
                run.entry(
                    self, account, "ids", len(ids) + lost, len(ids), truncated=lost,
                    why=why if lost else None, name="item_ids",
                )
            ]
        )  # fmt: skip
        seen = [run.known.seen(self.name, id) for id in run.known.items_of(account)]
        walked = run.known.cursors.get((account, self.name)) or min(seen, default=None)
        yield from self._get(run, account, [id for id in ids if self._is_old(run, id)])
        if walked:
            is_reached = yield from self._changed(run, account, walked, at)
            if not is_reached:
                unread = [id for id in ids if run.known.seen(self.name, id) < at]
                yield from self._get(run, account, unread)
        cursor = Cursor(observed_at=at, account_id=account, resource=self.name, until=at)
        yield Batch(rows={Cursor: [cursor.model_dump()]})

    def _ids(self, run: Run, account: int) -> tuple[list[str], int, str]:
        """Ids, how many there should be, and why some may be missing."""
        reported = total(run.client.get(_search(account, limit=1)))
        if reported > ITEMS_OFFSET:
            return self._scan(run, account)
        ids: dict[str, None] = {}
        for _ in range(ROUNDS):
            offsets = range(0, reported, ITEMS_PAGE)
            pages = [_search(account, limit=ITEMS_PAGE, offset=offset) for offset in offsets]
            for _, page in run.client.get_all(pages):
                if isinstance(page, Answer):
                    reported = total(page)
                    ids |= dict.fromkeys(_strings(page.body))
            if len(ids) >= reported:
                break
        return list(ids), reported, "pages did not come out whole"

    def _scan(self, run: Run, account: int) -> tuple[list[str], int, str]:
        """A scroll cannot be resumed: one that breaks begins anew, and what it gave is kept."""
        ids: dict[str, None] = {}
        reported, why = 0, "scans gave fewer ids than their total"
        for _ in range(ROUNDS * 4):
            position: dict[str, Any] = {"limit": ITEMS_PAGE}
            try:
                while position:
                    page = run.client.get(_search(account, search_type="scan", **position))
                    reported = total(page)
                    ids |= dict.fromkeys(_strings(page.body))
                    more = elements(page.body) and page.body.get("scroll_id")
                    position = {"scroll_id": more} if more else {}
            except Failed as failure:
                if failure.status in (401, 403):
                    raise
                why = f"scans broke off: {failure.code} {failure.message}".strip()
            if len(ids) >= reported:
                break
        return list(ids), reported, why

    def _changed(
        self, run: Run, account: int, walked: dt.datetime, at: dt.datetime
    ) -> Iterator[Batch]:
        """Walk from the last changed back to the last walk; returns whether that was reached."""
        oldest: dt.datetime | None = None
        for offset in range(0, ITEMS_OFFSET + 1, ITEMS_PAGE):
            position = {"orders": "last_updated_desc", "limit": ITEMS_PAGE, "offset": offset}
            for _ in range(ROUNDS):
                page = run.client.get(_search(account, **position))
                ids = _strings(page.body)
                if len(ids) >= min(ITEMS_PAGE, total(page) - offset):
                    break
            else:
                return False
            unread = [id for id in ids if run.known.seen(self.name, id) < at]
            yield from self._get(run, account, unread)
            # one that cannot be read now says nothing of those behind it
            for id in ids:
                item = run.known.items.get(id)
                if item and item.last_updated and run.known.seen(self.name, id) >= at:
                    if oldest and item.last_updated > oldest + OVERLAP:
                        return False  # the API does not sort so many
                    oldest = min(oldest or item.last_updated, item.last_updated)
            is_far = oldest is not None and oldest < walked - OVERLAP
            if is_far or offset + ITEMS_PAGE >= total(page):
                return True
        return False

    def _get(self, run: Run, account: int, ids: Iterable[str]) -> Iterator[Batch]:
        remaining = iter(dict.fromkeys(ids))
        while chunk := list(itertools.islice(remaining, CHUNK)):
            yield self._multiget(run, account, chunk)

    def _multiget(self, run: Run, account: int, ids: list[str]) -> Batch:
        """Each element fails alone: those that are broken or missing are asked again."""
        batch, missing = Batch(), ids
        failures: dict[str, tuple[Exception | str, str]] = {}
        for _ in range(ROUNDS):
            groups = [missing[n : n + MULTIGET] for n in range(0, len(missing), MULTIGET)]
            answers = run.client.get_all([_multiget(account, group) for group in groups])
            for group, (_, answer) in zip(groups, answers, strict=True):
                failures |= dict.fromkeys(group, ("nothing came back for it", ""))
                if isinstance(answer, Failed):
                    failures |= dict.fromkeys(group, (answer, ""))
                    continue
                for id, why in self._elements(run, batch, answer, group):
                    if why:
                        failures[id] = why
                    else:
                        failures.pop(id, None)
            missing = [id for id, (why, _) in failures.items() if not _is_final(why)]
            if not missing:
                break
        for id, (why, payload) in failures.items():
            batch.failed(self.name, _multiget(account, [id]), why, payload)
        for id in ids:
            if id not in failures:
                batch.answered(self.name, _multiget(account, [id]))
        for row in batch.rows[Item]:
            batch.rows[LastAnswer].append(
                LastAnswer(
                    observed_at=row["observed_at"], resource=self.name, thing_id=row["id"]
                ).model_dump()
            )
        failed = len(failures)
        what = f"{len(ids)} asked"
        batch.entries.append(run.entry(self, account, what, len(ids), len(ids) - failed, failed))
        return batch

    def _elements(
        self, run: Run, batch: Batch, answer: Answer, group: list[str]
    ) -> Iterator[tuple[str, tuple[Exception | str, str] | None]]:
        """Per id that can be told: None when its rows were added, or why not and its payload."""
        found = elements(answer.body)
        for position, element in enumerate(found):
            if not isinstance(element, dict):
                continue
            body, code = element.get("body"), element.get("code", 200)
            if code != 200:
                if len(found) == len(group):  # errors do not name their id: the place does
                    yield group[position], (refusal(answer.request, code, body), "")
                continue
            try:
                rows = _item_rows(run, body, answer.at)
            except ValidationError as error:
                id = body.get("id") if isinstance(body, dict) else None
                if id in group:
                    yield id, (error, run.reader.kept(Item, body))
                continue
            for table, row in rows:
                batch.rows[table].append(row)
            yield body["id"], None


def _item_rows(run: Run, body: Any, at: dt.datetime) -> list[Row]:
    row = run.reader.row(Item, body, observed_at=at)
    id, status, variations = row["id"], row["status"], elements(body, "variations")
    stocks = []
    rows: list[Row] = [(Item, row)]
    for variation in variations:
        shown = run.reader.row(ItemVariation, variation, item_id=id, observed_at=at)
        rows.append((ItemVariation, shown))
        stocks.append((shown["id"], shown["user_product_id"], shown["available_quantity"]))
    for number, thing, units in stocks or [(0, row["user_product_id"], row["available_quantity"])]:
        stock = StockObservation(
            observed_at=at, item_id=id, variation_id=number, user_product_id=thing,
            available_quantity=units, status=status,
        )  # fmt: skip
        rows.append((StockObservation, stock.model_dump()))
    return rows


def _search(account: int, **params: Any) -> Request:
    path = f"/users/{account}/items/search"
    return Request("/users/{id}/items/search", path, _texts(params), account)


def _multiget(account: int, ids: list[str]) -> Request:
    params = (("ids", ",".join(ids)), ("include_attributes", "all"))
    return Request("/items", "/items", params, account)


def _texts(params: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in params.items())


def _strings(page: Any) -> list[str]:
    return [id for id in elements(page) if isinstance(id, str)]


def _is_final(why: Any) -> bool:
    return isinstance(why, Failed) and not why.is_transient


class EachItem(Each):
    """What is told of one own listing at a time."""

    suffix: str

    def due(self, run: Run, account: int) -> Iterator[Request]:
        found = [(run.known.seen(self.name, id), id) for id in run.known.items_of(account)]
        for seen, id in sorted(found):  # what was not looked at for longest comes first
            if self.is_due(run, run.known.items[id], seen):
                yield from self.requests(run, account, id, seen)

    def is_due(self, run: Run, item: KnownItem, seen: dt.datetime) -> bool:
        """New, changed since, or on sale and not looked at for long; closed, it has no price."""
        hours = run.settings.prices_max_age_hours
        is_old = item.status == "active" and run.is_older(seen, hours=hours)
        is_new = seen == NEVER or (item.last_updated or NEVER) >= seen
        return item.status != "closed" and (is_new or is_old)

    def requests(self, run: Run, account: int, id: str, seen: dt.datetime) -> Iterator[Request]:
        yield self.request(account, id)

    def request(self, account: int, id: str, **params: Any) -> Request:
        return Request(
            f"/items/{{id}}/{self.suffix}", f"/items/{id}/{self.suffix}", _texts(params), account
        )

    def estimate(self, run: Run, account: int, totals: dict[str, int]) -> int:
        unknown = max(totals.get("items", 0) - len(run.known.items_of(account)), 0)
        return unknown + super().estimate(run, account, totals)


class Prices(EachItem):
    """All prices of a listing, each with the buyers it is for."""

    name, endpoints = "prices", ("/items/{id}/prices",)
    suffix = "prices"

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        for price in listed(answer, "prices"):
            yield PriceObservation, price, {"item_id": answer.request.thing_id}


class SalePrices(EachItem):
    """What a buyer pays for one, in every context that the settings name."""

    name, endpoints = "sale_prices", ("/items/{id}/sale_price",)
    suffix = "sale_price"

    def requests(self, run: Run, account: int, id: str, seen: dt.datetime) -> Iterator[Request]:
        for context in run.settings.contexts():
            yield self.request(account, id, context=context)

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        context = dict(answer.request.params)["context"]
        yield (
            SalePriceObservation,
            answer.body,
            {"item_id": answer.request.thing_id, "context": context},
        )


class PricesToWin(EachItem):
    """How a catalogue listing stands among the product's offers."""

    name, endpoints = "prices_to_win", ("/items/{id}/price_to_win",)
    suffix = "price_to_win"

    def is_due(self, run: Run, item: KnownItem, seen: dt.datetime) -> bool:
        return bool(item.catalog_product_id) and super().is_due(run, item, seen)

    def requests(self, run: Run, account: int, id: str, seen: dt.datetime) -> Iterator[Request]:
        yield self.request(account, id, version="v2")

    def estimate(self, run: Run, account: int, totals: dict[str, int]) -> int:
        return sum(1 for _ in self.due(run, account))

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        yield PriceToWinObservation, answer.body, {"item_id": answer.request.thing_id}


class Visits(EachItem):
    """How often a listing was looked at, by day; as many days as were missed."""

    name, endpoints = "visits", ("/items/{id}/visits/time_window",)
    suffix = "visits/time_window"

    def is_due(self, run: Run, item: KnownItem, seen: dt.datetime) -> bool:
        if item.status == "closed":  # once more, for its last days
            return (item.last_updated or NEVER) >= seen
        return run.is_older(seen, days=run.settings.visits_max_age_days)

    def requests(self, run: Run, account: int, id: str, seen: dt.datetime) -> Iterator[Request]:
        days = VISITS_DAYS if seen == NEVER else (run.client.now - seen).days + 1
        yield self.request(account, id, last=min(days, VISITS_DAYS), unit="day")

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        for day in listed(answer, "results"):
            yield Visit, day, {"item_id": answer.request.thing_id}


class UserProducts(Each):
    """The physical things behind listings."""

    name, endpoints = "user_products", ("/user-products/{id}",)
    suffix = ""

    def due(self, run: Run, account: int) -> Iterator[Request]:
        for id, (owner, updated) in list(run.known.user_products.items()):
            if owner == account and updated >= run.known.seen(self.name, id):
                path = f"/user-products/{id}{self.suffix}"
                yield Request(f"/user-products/{{id}}{self.suffix}", path, account=account)

    def estimate(self, run: Run, account: int, totals: dict[str, int]) -> int:
        unknown = max(totals.get("items", 0) - len(run.known.items_of(account)), 0)
        return unknown + super().estimate(run, account, totals)

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        yield UserProduct, answer.body, {}


class UserProductStocks(UserProducts):
    """Their units in each place, exactly."""

    name, endpoints = "user_product_stock", ("/user-products/{id}/stock",)
    suffix = "/stock"

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        for position, place in enumerate(listed(answer, "locations"), start=1):
            yield (
                UserProductStock,
                place,
                {
                    "user_product_id": answer.request.thing_id,
                    "position": position,
                    "user_id": answer.request.account,
                    "version": answer.headers.get("x-version"),
                },
            )


class Orders(Resource):
    """Orders by the time of their last update, in windows that stay under the API's ceiling."""

    name = "orders"
    endpoints = ("/orders/search",)
    ceiling = ORDERS_CEILING

    def due(self, run: Run, account: int) -> Iterable[Request]:
        now = run.client.now
        read = run.known.cursors.get((account, self.name), NEVER)
        since = run.since or (read - OVERLAP if read > NEVER else now - ORDERS_KEPT)
        return [_window(account, _hour(since), _hour(now) + HOUR)]

    def estimate(self, run: Run, account: int, totals: dict[str, int]) -> int:
        return totals.get("orders", 0) // ORDERS_PAGE + 1

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        for request in wanted:
            params = dict(request.params)
            start, end = (dt.datetime.fromisoformat(params[name]) for name in (_FROM, _TO))
            yield from self._read(run, account, start, end)

    def _read(
        self, run: Run, account: int, start: dt.datetime, end: dt.datetime
    ) -> Iterator[Batch]:
        window = _window(account, start, end)
        first = run.client.get(_page(window, 0))
        if total(first) > self.ceiling and end - start > HOUR:
            middle = _hour(start + (end - start) / 2)
            yield from self._read(run, account, start, max(middle, start + HOUR))
            yield from self._read(run, account, max(middle, start + HOUR), end)
            return
        yield self._whole(run, account, window, first, min(end, run.client.now))

    def _whole(
        self, run: Run, account: int, window: Request, first: Answer, until: dt.datetime
    ) -> Batch:
        """All orders of a window that can be had.

        An order that is updated meanwhile leaves a window of the past, moves those behind it up a
        place, and one of them past the page that is read next. So a window is whole only when
        every page told the same total, and that many were found; else it is read again.
        """
        found: dict[int, list[Row]] = {}
        reported = total(first)
        answers: Iterable[tuple[Request, Answer | Failed]] = [(first.request, first)]
        pending = [_page(window, n) for n in range(ORDERS_PAGE, self._reach(reported), ORDERS_PAGE)]
        why: Any = "orders did not come out whole"
        for _ in range(ROUNDS):
            broken: list[Request] = []
            totals = {reported}
            for request, answer in itertools.chain(answers, run.client.get_all(pending)):
                if isinstance(answer, Failed):
                    why = answer
                    broken.append(request)
                    continue
                totals.add(total(answer))
                for order in elements(answer.body):
                    try:
                        rows = list(order_rows(run.reader, order, answer.at))
                        found[rows[0][1]["id"]] = rows
                    except ValidationError as error:
                        why = error
                        if request not in broken:
                            broken.append(request)
            answers, pending = [], broken
            if len(totals) == 1 and not broken and len(found) >= self._reach(reported):
                break
            if len(totals) > 1 or not broken:
                reported = total(run.client.get(_page(window, 0)))
                pending = [_page(window, n) for n in range(0, self._reach(reported), ORDERS_PAGE)]
        return self._account(run, account, window, found, reported, until, why)

    def _reach(self, reported: int) -> int:
        return min(reported, self.ceiling)

    def _account(
        self, run: Run, account: int, window: Request, found: dict[int, Any], reported: int,
        until: dt.datetime, why: Any,
    ) -> Batch:  # fmt: skip
        batch = Batch()
        for table, row in itertools.chain.from_iterable(found.values()):
            batch.rows[table].append(row)
        missing = max(self._reach(reported) - len(found), 0)
        beyond = max(reported - max(self.ceiling, len(found)), 0)
        for _ in range(missing):
            batch.failed(self.name, window, why)
        if not missing:
            batch.answered(self.name, window)
        params = dict(window.params)
        too_many = "more than the API pages through in an hour" if beyond else None
        batch.entries.append(
            run.entry(
                self, account, f"{params[_FROM]} to {params[_TO]}",
                len(found) + missing + beyond, len(found), missing, beyond, too_many,
                reported_total=reported,
            )
        )  # fmt: skip
        # a later beginning must not pass over what was never read
        read = run.known.cursors.get((account, self.name), until)
        if dt.datetime.fromisoformat(params[_FROM]) <= read <= until:
            cursor = Cursor(
                observed_at=run.client.now, account_id=account, resource=self.name, until=until
            )
            batch.rows[Cursor].append(cursor.model_dump())
        return batch


_FROM, _TO = "order.date_last_updated.from", "order.date_last_updated.to"


def _hour(moment: dt.datetime) -> dt.datetime:
    """The API forgets minutes and seconds of times in filters."""
    return moment.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)


def _window(account: int, start: dt.datetime, end: dt.datetime) -> Request:
    params = {"seller": account, _FROM: start.isoformat(), _TO: end.isoformat()}
    return Request("/orders/search", "/orders/search", _texts(params), account)


def _page(window: Request, offset: int) -> Request:
    params = {"sort": "date_asc", "limit": ORDERS_PAGE, "offset": offset}
    return Request(window.endpoint, window.path, window.params + _texts(params), window.account)


def order_rows(reader: Reader, order: Any, at: dt.datetime) -> Iterator[Row]:
    """The order that a search told of at a time, its lines and payments.

    Raises ValidationError (pydantic) when one of them does not fit.
    """
    read = reader.row
    row = read(Order, order, observed_at=at)
    yield Order, row
    more = {"order_id": row["id"], "observed_at": at}
    for position, line in enumerate(elements(order, "order_items"), start=1):
        yield OrderItem, read(OrderItem, line, position=position, **more)
    for payment in elements(order, "payments"):
        yield OrderPayment, read(OrderPayment, payment, **more)


class Shipments(Each):
    """Where orders go: shipments that are new, still on their way, or whose order changed."""

    name, endpoints = "shipments", ("/shipments/{id}",)

    def due(self, run: Run, account: int) -> Iterator[Request]:
        for id, shipment in list(run.known.shipments.items()):
            seen = run.known.seen(self.name, id)
            is_open = not shipment.is_final and seen <= run.client.now - OPEN_SHIPMENT_AGE
            if shipment.account == account and (shipment.updated >= seen or is_open):
                yield Request("/shipments/{id}", f"/shipments/{id}", account=account)

    def estimate(self, run: Run, account: int, totals: dict[str, int]) -> int:
        return totals.get("orders", 0) + super().estimate(run, account, totals)

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        yield Shipment, answer.body, {}


class ShipmentCosts(Each):
    """What seller and buyer pay for a shipment; looked at whenever the shipment was."""

    name, endpoints = "shipment_costs", ("/shipments/{id}/costs",)

    def due(self, run: Run, account: int) -> Iterator[Request]:
        for id, shipment in list(run.known.shipments.items()):
            seen = run.known.seen("shipments", id)
            if shipment.account == account and seen > run.known.seen(self.name, id):
                yield Request("/shipments/{id}/costs", f"/shipments/{id}/costs", account=account)

    def estimate(self, run: Run, account: int, totals: dict[str, int]) -> int:
        return Shipments().estimate(run, account, totals)

    def parts(self, run: Run, answer: Answer) -> Iterator[Part]:
        receiver = answer.body.get("receiver")
        receiver = receiver if isinstance(receiver, dict) else {}
        for position, sender in enumerate(listed(answer, "senders"), start=1):
            yield (
                ShipmentCost,
                sender,
                {
                    "shipment_id": int(answer.request.thing_id),
                    "position": position,
                    "gross_amount": answer.body.get("gross_amount"),
                    "receiver_cost": receiver.get("cost"),
                    "receiver_save": receiver.get("save"),
                },
            )


class MissedFeeds(Resource):
    """Notifications that were not delivered. Hints only, so they are read when asked for."""

    name, endpoints, is_optional = "missed_feeds", ("/missed_feeds",), True

    def due(self, run: Run, account: int) -> Iterable[Request]:
        for topic in ("orders_v2", "items"):
            params = {"app_id": run.settings.client_id, "topic": topic}
            more = {"site_id": run.settings.site} if topic == "items" else {}
            yield Request("/missed_feeds", "/missed_feeds", _texts(params | more), account)

    def take(self, run: Run, account: int, wanted: Iterable[Request]) -> Iterator[Batch]:
        for request in wanted:
            batch, told, loaded = Batch(), 0, 0
            for offset in range(0, FEEDS_CEILING, FEEDS_PAGE):
                page = _texts({"offset": offset, "limit": FEEDS_PAGE})
                asked = Request(request.endpoint, request.path, request.params + page, account)
                feeds = elements(run.client.get(asked).body, "messages")
                told += len(feeds)
                for feed in feeds:
                    try:
                        row = run.reader.row(MissedFeed, feed, observed_at=run.client.now)
                    except ValidationError as error:
                        batch.failed(self.name, request, error, run.reader.kept(MissedFeed, feed))
                        continue
                    batch.rows[MissedFeed].append(row)
                    loaded += 1
                if len(feeds) < FEEDS_PAGE:
                    break
            what = dict(request.params)["topic"]
            failed = told - loaded
            batch.entries.append(run.entry(self, account, what, told, loaded, failed))
            yield batch


OWN: tuple[Resource, ...] = (
    Orders(), Shipments(), ShipmentCosts(), Items(), UserProducts(), UserProductStocks(), Prices(),
    SalePrices(), PricesToWin(), Visits(), MissedFeeds(),
)  # fmt: skip
