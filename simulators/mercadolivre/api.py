"""The endpoints: who may read what, how much of it, and what is refused."""

import datetime as dt
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulators.mercadolivre import resources
from simulators.mercadolivre.errors import (
    Refusal,
    access_denied,
    bad_request,
    forbidden,
    invalid_scopes,
    not_found,
    policy,
    refusal,
)
from simulators.mercadolivre.faults import Faults
from simulators.mercadolivre.resources import Json
from simulators.mercadolivre.world import SITE, Item, Order, Product, World, stamp

SCROLL_LIFE = 300  # seconds
MULTIGET = 20
LATE_READS = 2

# groups of endpoints, whether an ordinary app may use them, and what is said if not
CAPABILITIES = {
    "applications": (True, forbidden),
    "categories": (True, forbidden),
    "discovery": (True, forbidden),
    "highlights": (False, forbidden),
    "items": (True, forbidden),
    "missed_feeds": (True, forbidden),
    "offers": (True, policy),
    "orders": (True, invalid_scopes),
    "price_to_win": (True, forbidden),
    "prices": (True, forbidden),
    "products": (True, policy),
    "shipments": (True, invalid_scopes),
    "site_search": (False, forbidden),
    "third_party_items": (False, access_denied),
    "trends": (True, forbidden),
    "user_products": (True, forbidden),
    "users": (True, forbidden),
    "visits": (True, forbidden),
}


@dataclass
class Call:
    """A request whose token is good. ``user_id`` is None for an app's own token."""

    user_id: int | None
    query: Mapping[str, str]
    headers: Mapping[str, str]
    rng: Random


@dataclass
class Answer:
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Scroll:
    """Where a scan stands: ids still to give, how many at a time."""

    user_id: int
    ids: list[str]
    limit: int
    total: int
    expires: float


Handler = Callable[..., Answer]
ROUTES: list[tuple[re.Pattern[str], str, Handler]] = []


def route(path: str, group: str) -> Callable[[Handler], Handler]:
    pattern = re.compile(re.sub(r"{\w+}", "([^/]+)", path) + "/?")

    def register(handler: Handler) -> Handler:
        ROUTES.append((pattern, group, handler))
        return handler

    return register


class Api:
    """Answers calls out of a world."""

    def __init__(
        self,
        world: World,
        client_id: str,
        capabilities: dict[str, bool],
        faults: Faults,
        done: Counter[str],
        rate_per_hour: int,
        clock: Callable[[], float],
    ):
        self.world = world
        self.client_id = client_id
        self.capabilities = capabilities
        self.faults = faults
        self.done = done
        self.rate_per_hour = rate_per_hour
        self.clock = clock
        self._scrolls: dict[str, Scroll] = {}
        self._scrolled = 0
        self._reads: Counter[int] = Counter()
        self._lock = threading.Lock()

    def answer(self, path: str, call: Call) -> Answer:
        """Raises Refusal."""
        for pattern, group, handler in ROUTES:
            if match := pattern.fullmatch(path):
                self._allow(group)
                with self.world.lock:
                    return handler(self, call, *match.groups())
        raise not_found(f"resource {path}")

    def _allow(self, group: str) -> None:
        if not self.capabilities[group]:
            raise CAPABILITIES[group][1]()

    # Categories

    @route("/sites/{site}/categories", "categories")
    def categories(self, call: Call, site: str) -> Answer:
        _site(site)
        roots = [c for c in self.world.categories.values() if c.parent_id is None]
        return Answer([{"id": c.id, "name": c.name} for c in roots])

    @route("/categories/{id}", "categories")
    def category(self, call: Call, id: str) -> Answer:
        return Answer(resources.category(self.world, _find(self.world.categories, id, "Category")))

    @route("/categories/{id}/attributes", "categories")
    def category_attributes(self, call: Call, id: str) -> Answer:
        _find(self.world.categories, id, "Category")
        return Answer(resources.category_attributes())

    @route("/sites/{site}/domain_discovery/search", "discovery")
    def discovery(self, call: Call, site: str) -> Answer:
        _site(site)
        limit = _number(call.query, "limit", 4)
        words = _words(call.query.get("q", ""))
        if not 1 <= limit <= 8 or not words:
            raise bad_request("needs q and a limit from 1 to 8")
        found = [
            {
                "domain_id": c.domain_id,
                "domain_name": c.name,
                "category_id": c.id,
                "category_name": c.name,
                "attributes": [],
            }
            for c in self.world.categories.values()
            if not c.children and words & _words(c.name)
        ]
        return Answer(found[:limit])

    @route("/trends/{site}", "trends")
    @route("/trends/{site}/{category}", "trends")
    def trends(self, call: Call, site: str, category: str | None = None) -> Answer:
        _site(site)
        if category:
            _find(self.world.categories, category, "Category")
        best = sorted(self._listed(category), key=lambda i: (-i.sold, i.id))
        words = list(dict.fromkeys(item.title.lower() for item in best))[:50]
        found = [
            {"keyword": w, "url": f"https://lista.example/{w.replace(' ', '-')}"} for w in words
        ]
        return Answer(found)

    @route("/highlights/{site}/category/{category}", "highlights")
    def highlights(self, call: Call, site: str, category: str) -> Answer:
        _site(site)
        _find(self.world.categories, category, "Category")
        best = sorted(self._listed(category), key=lambda i: (-i.sold, i.id))[:20]
        return Answer(
            {
                "query_data": {"highlight_type": "BEST_SELLER", "criteria": "CATEGORY"}
                | {"id": category},
                "content": [
                    {
                        "id": item.product_id or item.id,
                        "position": n,
                        "type": "PRODUCT" if item.product_id else "ITEM",
                    }
                    for n, item in enumerate(best, start=1)
                ],
            }
        )

    def _listed(self, category: str | None) -> list[Item]:
        inside = {category}
        for found in self.world.categories.values():  # parents come before their children
            if found.parent_id in inside:
                inside.add(found.id)
        return [
            item
            for item in self.world.items.values()
            if item.status == "active" and (category is None or item.category_id in inside)
        ]

    # Users

    @route("/users", "users")
    def users(self, call: Call) -> Answer:
        return self._multiget(call, lambda id: self._user(call, id))

    @route("/users/{id}", "users")
    def user(self, call: Call, id: str) -> Answer:
        found = self._user(call, id)
        if call.rng.random() < self.faults.partial_user:
            self.done["partial_user"] += 1
            del found["seller_reputation"]
            return Answer(found, 206)
        return Answer(found)

    def _user(self, call: Call, id: str) -> Json:
        number = call.user_id if id == "me" else _id(id)
        seller = _find(self.world.sellers, number, "User")
        return resources.user(self.world, seller, call.user_id == seller.id)

    @route("/users/{id}/items/search", "items")
    def search_items(self, call: Call, id: str) -> Answer:
        user_id = call.user_id if id == "me" else _id(id)
        if user_id is None or user_id != call.user_id:
            raise forbidden()
        if call.query.get("search_type") == "scan":
            return self._scan(call, user_id)
        limit, offset = _limits(call.query, 50)
        if not (0 <= limit <= 100 and 0 <= offset <= 1_000):
            raise bad_request("Invalid limit and offset values")
        ids = self._own_ids(call, user_id)
        paging = {"limit": limit, "offset": offset, "total": len(ids)}
        body = {
            "seller_id": str(user_id),
            "query": None,
            "paging": paging,
            "results": ids[offset : offset + limit],
            "orders": [{"id": call.query.get("orders", "start_time_desc")}],
            "available_orders": [{"id": id} for id in _ORDERS],
        }
        if call.query.get("include_filters") == "true":
            body |= {"filters": [], "available_filters": self._filters(ids)}
        return Answer(body)

    def _own_ids(self, call: Call, user_id: int) -> list[str]:
        order = call.query.get("orders", "start_time_desc")
        if order not in _ORDERS:
            raise bad_request(f"Invalid order {order}")
        key, reverse = _ORDERS[order]
        found = [self.world.items[id] for id in self.world.items_by_seller[user_id]]
        if not _ITEM_FILTERS.isdisjoint(call.query):
            found = [item for item in found if self._selected(call.query, item)]
        found.sort(key=lambda item: item.id)
        found.sort(key=lambda item: key(self.world, item), reverse=reverse)
        return [item.id for item in found]

    def _selected(self, query: Mapping[str, str], item: Item) -> bool:
        things = [self.world.user_products[v.user_product_id] for v in item.variations]
        skus = {thing.sku for thing in things}
        facts = {
            "status": {item.status},
            "listing_type_id": {item.listing_type},
            "logistic_type": {item.logistic},
            "user_product_id": {thing.id for thing in things},
            "sku": skus,
            "seller_sku": skus,
            "missing_product_identifiers": {"false" if item.product_id else "true"},
        }
        return all(facts[name] & set(query[name].split(",")) for name in _ITEM_FILTERS & set(query))

    def _filters(self, ids: Iterable[str]) -> list[Json]:
        counts = Counter(self.world.items[id].status for id in ids)
        values = [{"id": status, "results": n} for status, n in sorted(counts.items())]
        return [{"id": "status", "name": "Status", "values": values}]

    def _scan(self, call: Call, user_id: int) -> Answer:
        if "offset" in call.query:
            raise bad_request("scroll_id and offset cannot be combined")
        if "scroll_id" in call.query:
            with self._lock:
                # a scroll_id works once: after a lost answer the scan begins anew
                scroll = self._scrolls.pop(call.query["scroll_id"], None)
            if scroll is None or scroll.user_id != user_id or scroll.expires <= self.clock():
                raise bad_request("Invalid scroll_id")
        else:
            limit = _number(call.query, "limit", 50)
            if not 1 <= limit <= 100:
                raise bad_request("Invalid limit and offset values")
            ids = self._own_ids(call, user_id)
            scroll = Scroll(user_id, ids, limit, len(ids), 0.0)
        page, scroll.ids = scroll.ids[: scroll.limit], scroll.ids[scroll.limit :]
        scroll_id = None
        if page:
            scroll.expires = self.clock() + SCROLL_LIFE
            with self._lock:
                self._scrolled += 1
                scroll_id = f"YXBpY29yZS1pdGVtcw==:{user_id}:{self._scrolled:08x}"
                self._scrolls[scroll_id] = scroll
        paging = {"limit": scroll.limit, "total": scroll.total}
        return Answer(
            {
                "seller_id": str(user_id),
                "query": None,
                "paging": paging,
                "results": page,
                "scroll_id": scroll_id,
            }
        )

    # Listings

    def _multiget(self, call: Call, find: Callable[[str], Json]) -> Answer:
        ids = [id for id in call.query.get("ids", "").split(",") if id]
        if not ids:
            raise bad_request("ids is a required parameter")
        if len(ids) > MULTIGET:
            raise bad_request(
                f"The multiget of resources only allows {MULTIGET} elements."
                f" You exceeded this value by sending {len(ids)} elements"
            )
        elements = []
        for id in ids:
            try:
                elements.append({"code": 200, "body": _project(call.query, find(id))})
            except Refusal as refused:
                elements.append({"code": refused.status, "body": refused.body})
        return Answer(elements)

    def _item(self, call: Call, id: str) -> tuple[Item, bool]:
        """A listing and whether it is the caller's own."""
        item = _find(self.world.items, id, "Item")
        own = item.seller_id == call.user_id
        if not own:
            self._allow("third_party_items")
        return item, own

    def _shown_item(self, call: Call, id: str) -> Json:
        complete = call.query.get("include_attributes") == "all"
        return resources.item(self.world, *self._item(call, id), complete=complete)

    @route("/items", "items")
    def items(self, call: Call) -> Answer:
        return self._multiget(call, lambda id: self._shown_item(call, id))

    @route("/items/{id}", "items")
    def item(self, call: Call, id: str) -> Answer:
        return Answer(_project(call.query, self._shown_item(call, id)))

    @route("/items/{id}/sale_price", "prices")
    def sale_price(self, call: Call, id: str) -> Answer:
        contexts = call.query.get("context", "channel_marketplace").split(",")
        item, own = self._item(call, id)
        return Answer(resources.sale_price(item, contexts, own, self.world.now))

    @route("/items/{id}/prices", "prices")
    def prices(self, call: Call, id: str) -> Answer:
        item, own = self._item(call, id)
        if not own:
            raise access_denied()
        return Answer(resources.prices(item))

    @route("/items/{id}/price_to_win", "price_to_win")
    def price_to_win(self, call: Call, id: str) -> Answer:
        item = _find(self.world.items, id, "Item")
        if item.seller_id != call.user_id:
            # a 401 that no new token cures
            raise refusal(401, "unauthorized", "Caller is not the item's owner")
        if item.product_id is None:
            raise not_found("Catalog product of the item")
        return Answer(resources.price_to_win(self.world, item))

    @route("/items/{id}/visits/time_window", "visits")
    def visits(self, call: Call, id: str) -> Answer:
        days = _number(call.query, "last", 0)
        if not 1 <= days <= 150 or call.query.get("unit") != "day":
            raise bad_request("last must be from 1 to 150 and unit must be day")
        return Answer(resources.visits(self.world, _find(self.world.items, id, "Item"), days))

    @route("/user-products/{id}", "user_products")
    def user_product(self, call: Call, id: str) -> Answer:
        return Answer(resources.user_product(self.world, self._thing(call, id)))

    @route("/user-products/{id}/stock", "user_products")
    def stock(self, call: Call, id: str) -> Answer:
        thing = self._thing(call, id)
        return Answer(resources.stock(self.world, thing), headers={"x-version": str(thing.version)})

    @route("/sites/{site}/user-products-families/{id}", "user_products")
    def family(self, call: Call, site: str, id: str) -> Answer:
        _site(site)
        things = _find(self.world.families, _id(id), "Family")
        self._thing(call, things[0])
        return Answer(resources.family(self.world, int(id)))

    def _thing(self, call: Call, id: str) -> Any:
        thing = _find(self.world.user_products, id, "User product")
        if thing.seller_id != call.user_id:
            raise access_denied()
        return thing

    @route("/sites/{site}/search", "site_search")
    def site_search(self, call: Call, site: str) -> Answer:
        raise forbidden()

    # Catalogue

    @route("/products/search", "products")
    def search_products(self, call: Call) -> Answer:
        query = call.query
        text = query.get("product_identifier") or query.get("q")
        if query.get("site_id") != SITE or not text:
            raise bad_request("site_id and q or product_identifier are required")
        limit, offset = _limits(query, 10)
        for name, value in (("offset", offset), ("limit", limit)):
            if not 0 <= value <= 100:
                message = f"The maximum allowed value for '{name}' is 100"
                details = [f"external_search_products.{name}: {message}"]
                raise Refusal(400, {"error": "bad_request", "details": details})
        found = [p for p in self.world.products.values() if self._sought(query, p)]
        return Answer(
            {
                "keywords": text,
                "paging": {"total": len(found), "limit": limit, "offset": offset},
                "results": [
                    resources.found_product(self.world, p) for p in found[offset : offset + limit]
                ],
                "used_attributes": [],
                "query_type": "GTIN" if "product_identifier" in query else "NAME",
            }
        )

    def _sought(self, query: Mapping[str, str], product: Product) -> bool:
        domain = self.world.categories[product.category_id].domain_id
        if query.get("domain_id", domain) != domain or query.get("status", "active") != "active":
            return False
        if "product_identifier" in query:
            return query["product_identifier"] == resources.gtin(product)
        return _words(query["q"]) <= _words(product.name)

    @route("/products/{id}", "products")
    def product(self, call: Call, id: str) -> Answer:
        return Answer(resources.product(self.world, _find(self.world.products, id, "Product")))

    @route("/products/{id}/items", "offers")
    def offers(self, call: Call, id: str) -> Answer:
        _find(self.world.products, id, "Product")
        limit, offset = _limits(call.query, 100)
        if not (0 <= limit <= 100 and offset >= 0):
            raise bad_request("Invalid limit and offset values")
        offers = self.world.offers(id)
        if not offers:
            raise not_found(f"Winner of product {id}")
        found = [resources.offer(self.world, item) for item in offers]
        found = [offer for offer in found if _offer_selected(call.query, offer)]
        return Answer(
            {
                "paging": {"total": len(found), "offset": offset, "limit": limit},
                "results": found[offset : offset + limit],
                "experiments": None,
            }
        )

    # Orders

    @route("/orders/search", "orders")
    def search_orders(self, call: Call) -> Answer:
        query = call.query
        if "seller" not in query:
            raise bad_request("seller is a required parameter")
        if call.user_id is None or query["seller"] not in (str(call.user_id), "me"):
            raise forbidden()
        limit, offset = _limits(query, 50)
        if limit > 51:
            raise _exceeded(51)
        if offset + limit > 10_000:
            raise _exceeded(10_000)
        if min(limit, offset) < 0:
            raise bad_request("Invalid limit and offset values")
        sort = query.get("sort", "date_asc")
        if sort not in ("date_asc", "date_desc"):
            raise bad_request(f"Invalid sort {sort}")
        found = self._selected_orders(call)
        if sort == "date_desc":
            found.reverse()
        page = found[offset : offset + limit]
        return Answer(
            {
                "query": query.get("q", ""),
                "paging": {"total": len(found), "offset": offset, "limit": limit},
                "results": [resources.found_order(self.world, order) for order in page],
                "sort": {"id": sort},
                "available_sorts": [{"id": "date_asc"}, {"id": "date_desc"}],
                "filters": [],
                "display": "complete",
            }
        )

    def _selected_orders(self, call: Call) -> list[Order]:
        query = call.query
        windows = []
        for name, attribute in _WINDOWS.items():
            least = _hour(query, f"order.{name}.from")
            most = _hour(query, f"order.{name}.to")
            if least or most:
                windows.append((attribute, least or _EVER[0], most or _EVER[1]))
        statuses = set(query["order.status"].split(",")) if "order.status" in query else None
        tagged = {
            name: set(query[name].split(",")) for name in ("tags", "tags.not") if name in query
        }
        text = query.get("q", "").lower()

        def selected(order: Order) -> bool:
            for attribute, least, most in windows:
                at = getattr(order, attribute)
                if at is None or not least <= at <= most:
                    return False
            if statuses and order.status not in statuses:
                return False
            if "item" in query and order.item_id != query["item"]:
                return False
            if "buyer" in query and str(order.buyer_id) != query["buyer"]:
                return False
            if text and text not in order.title.lower() and text != str(order.id):
                return False
            if tagged:
                tags = set(resources.order(self.world, order)["tags"])
                return tagged.get("tags", tags) <= tags and not tagged.get("tags.not", set()) & tags
            return True

        ids = self.world.orders_by_seller[call.user_id]
        return [order for id in ids if selected(order := self.world.orders[id])]

    @route("/orders/{id}", "orders")
    def order(self, call: Call, id: str) -> Answer:
        order = _find(self.world.orders, _id(id), "Order")
        self._mine(call, order)
        fresh = order.created >= self.world.now - dt.timedelta(days=1)
        if fresh and self.world.chance("late", order.id) < self.faults.late_order:
            with self._lock:
                self._reads[order.id] += 1
                early = self._reads[order.id] <= LATE_READS
            if early:
                self.done["late_order"] += 1
                raise not_found(f"Order {id}")
        return Answer(resources.order(self.world, order))

    @route("/packs/{id}", "orders")
    def pack(self, call: Call, id: str) -> Answer:
        order_ids = _find(self.world.packs, _id(id), "Pack")
        self._mine(call, self.world.orders[order_ids[0]])
        return Answer(resources.pack(self.world, int(id), order_ids))

    @route("/shipments/{id}", "shipments")
    def shipment(self, call: Call, id: str) -> Answer:
        shipment = _find(self.world.shipments, _id(id), "Shipment")
        self._mine(call, shipment)
        new = call.headers.get("x-format-new", "").lower() == "true"
        show = resources.shipment if new else resources.shipment_old
        return Answer(show(self.world, shipment))

    @route("/shipments/{id}/costs", "shipments")
    def shipment_costs(self, call: Call, id: str) -> Answer:
        shipment = _find(self.world.shipments, _id(id), "Shipment")
        self._mine(call, shipment)
        return Answer(resources.shipment_costs(self.world, shipment))

    def _mine(self, call: Call, resource: Any) -> None:
        if resource.seller_id != call.user_id:
            raise access_denied()

    # The app

    @route("/missed_feeds", "missed_feeds")
    def missed_feeds(self, call: Call) -> Answer:
        query = call.query
        if query.get("app_id") != self.client_id:
            raise forbidden()
        topic = query.get("topic")
        if topic == "items" and query.get("site_id") != SITE:
            raise bad_request("site_id is required for topic items")
        limit, offset = _limits(query, 10)
        found = [f for f in self.world.feeds if topic in (None, f.topic)]
        page = found[offset : offset + limit]
        return Answer({"messages": [resources.feed(f, self.client_id) for f in page]})

    @route("/applications/{id}", "applications")
    def application(self, call: Call, id: str) -> Answer:
        if id != self.client_id:
            raise forbidden()
        return Answer(
            {
                "id": id,
                "site_id": SITE,
                "active": True,
                "max_requests_per_hour": self.rate_per_hour,
                "certification_status": "not_certified",
                "date_created": stamp(self.world.now - dt.timedelta(days=90)),
            }
        )


_ITEM_FILTERS = {
    "status", "listing_type_id", "logistic_type", "user_product_id", "sku", "seller_sku",
    "missing_product_identifiers",
}  # fmt: skip
_ORDERS: dict[str, tuple[Callable[[World, Item], Any], bool]] = {
    f"{name}_{way}": (key, way == "desc")
    for name, key in {
        "start_time": lambda world, item: item.created,
        "last_updated": lambda world, item: item.updated,
        "price": lambda world, item: item.sale_price,
        "available_quantity": lambda world, item: world.units(item),
    }.items()
    for way in ("asc", "desc")
}
# unlike the detail's name for it, order.last_updated is no filter: it is ignored in silence
_WINDOWS = {"date_created": "created", "date_last_updated": "indexed", "date_closed": "closed"}
_EVER = (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC))


def _find(resources: Mapping[Any, Any], id: Any, what: str) -> Any:
    if id not in resources:
        raise not_found(f"{what} {id}")
    return resources[id]


def _site(site: str) -> None:
    if site != SITE:
        raise not_found(f"Site {site}")


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise bad_request(f"Invalid id {text}")
    return int(text)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise bad_request(f"Invalid {name} {text}")
    return int(text)


def _limits(query: Mapping[str, str], default: int) -> tuple[int, int]:
    return _number(query, "limit", default), _number(query, "offset", 0)


def _exceeded(most: int) -> Refusal:
    message = f"Limit must be a lower or equal than {most}"
    return Refusal(400, {"error": "limit.maximum_exceeded", "message": message})


def _hour(query: Mapping[str, str], name: str) -> dt.datetime | None:
    """The API forgets minutes and seconds of times in filters."""
    if name not in query:
        return None
    try:
        moment = dt.datetime.fromisoformat(query[name])
    except ValueError:
        raise bad_request(f"Invalid date {name}") from None
    if moment.tzinfo is None:
        raise bad_request(f"Invalid date {name}")
    return moment.replace(minute=0, second=0, microsecond=0)


def _project(query: Mapping[str, str], body: Json) -> Json:
    if "attributes" not in query:
        return body
    names = query["attributes"].split(",")
    return {name: body[name] for name in names if name in body}


def _words(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return set(re.findall(r"\w+", plain.lower()))


def _offer_selected(query: Mapping[str, str], offer: Json) -> bool:
    shipping, regular = offer["shipping"], offer["original_price"] or offer["price"]
    least, _, most = query.get("price", "-").partition("-")
    cut = 100 * (1 - offer["price"] / regular)
    deepest = query.get("discount", "0").partition("-")[0]
    wanted = {
        "seller_id": str(offer["seller_id"]),
        "official_store_id": str(offer["official_store_id"]),
        "shipping_cost": "free" if shipping["free_shipping"] else "paid",
        "shipping": shipping["logistic_type"],
        "official_store": "all" if offer["official_store_id"] else "none",
    }
    try:
        inside = float(least or 0) <= offer["price"] <= float(most or "inf")
        deep = cut >= float(deepest) - 1
    except ValueError:
        raise bad_request("Invalid filter") from None
    return (
        inside and deep and all(query.get(name, value) == value for name, value in wanted.items())
    )
