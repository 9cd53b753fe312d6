"""The world behind the simulated marketplace: what is true, and how it changes day by day."""

import datetime as dt
import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any, TypeVar

from simulators.mercadolivre import operators

T = TypeVar("T")
Act = Callable[[dt.datetime], None]

SITE = "MLB"
ZONE = dt.timezone(dt.timedelta(hours=-4))  # the API's, whatever the seller's clock says
RETENTION = dt.timedelta(days=365)  # of orders
FEEDS = dt.timedelta(days=2)

CATEGORIES = {
    "Ferramentas": {
        "Elétricas": ("Furadeira", "Parafusadeira", "Lixadeira"),
        "Manuais": ("Martelo", "Alicate", "Chave de Fenda"),
    },
    "Casa e Cozinha": {
        "Panelas": ("Frigideira", "Caçarola", "Panela de Pressão"),
        "Utensílios": ("Faqueiro", "Escorredor", "Ralador"),
    },
    "Brinquedos": {
        "Jogos": ("Quebra-Cabeça", "Jogo de Tabuleiro"),
        "Bonecos": ("Boneca", "Carrinho"),
    },
    "Esportes": {
        "Camping": ("Barraca", "Lanterna", "Saco de Dormir"),
        "Ciclismo": ("Capacete", "Bomba de Ar"),
    },
    "Informática": {
        "Acessórios": ("Teclado", "Mouse", "Suporte"),
        "Cabos": ("Cabo HDMI", "Cabo de Rede"),
    },
}
BRANDS = ("Tacuri", "Ibirama", "Novamar", "Queluz", "Bracatu", "Sabiúna", "Zelta", "Jurupê")
MODELS = ("Compacto", "Pro", "Leve", "Max", "Clássico", "Plus", "Prático", "Turbo")
COLOURS = ("Azul", "Vermelho", "Preto", "Verde", "Branco")
SHOPS = ("LOJA", "CASA", "MUNDO", "EMPORIO", "CENTRAL", "PONTO")
LEVELS = ("1_red", "2_orange", "3_yellow", "4_light_green", "5_green")
PLACES = (  # state, city and a prefix of its postal codes
    ("SP", "São Paulo", "São Paulo", "013"),
    ("SP", "São Paulo", "Campinas", "130"),
    ("RJ", "Rio de Janeiro", "Niterói", "240"),
    ("MG", "Minas Gerais", "Belo Horizonte", "301"),
    ("RS", "Rio Grande do Sul", "Porto Alegre", "900"),
    ("BA", "Bahia", "Salvador", "400"),
    ("PE", "Pernambuco", "Recife", "500"),
    ("AM", "Amazonas", "Manaus", "690"),
)


@dataclass(slots=True)
class Seller:
    id: int
    own: bool  # may authorise the app
    nickname: str
    registered: dt.datetime
    place: int
    level: int  # of LEVELS
    official_store_id: int | None
    multi_origin: bool
    sales: int
    cnpj: str | None = None  # for one that was never issued


@dataclass(slots=True)
class Category:
    id: str
    name: str
    parent_id: str | None
    domain_id: str
    children: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Product:
    """Of the catalogue. A parent is only a way to choose among its children: nobody sells it."""

    id: str
    name: str
    category_id: str
    brand: str
    price: int  # about what it costs, in cents
    created: dt.datetime
    parent_id: str | None = None
    children: list[str] = field(default_factory=list)


@dataclass(slots=True)
class UserProduct:
    """A physical thing in a seller's stock, whatever the listings that sell it."""

    id: str
    seller_id: int
    family_id: int
    sku: str
    colour: str
    places: list[int]  # units in each place
    version: int = 1

    @property
    def units(self) -> int:
        return sum(self.places)


@dataclass(slots=True)
class Variation:
    id: int | None  # None in the new model, where a listing has one variation only
    user_product_id: str


@dataclass(slots=True)
class Item:
    """A listing. Prices are cents; ``tiers`` are (units at least, cents each) for companies."""

    id: str
    seller_id: int
    title: str
    category_id: str
    product_id: str | None
    family_name: str | None  # None in the old model
    variations: list[Variation]
    price: int
    discount: int  # percent
    loyalty: bool
    tiers: tuple[tuple[int, int], ...]
    listing_type: str
    logistic: str
    free_shipping: bool
    created: dt.datetime
    updated: dt.datetime
    priced: dt.datetime
    status: str = "active"
    sub_status: tuple[str, ...] = ()
    tags: tuple[str, ...] = ("good_quality_picture", "immediate_payment", "cart_eligible")
    sold: int = 0
    picture: str | None = None  # id of the listing it was taken from, if from another
    inventory: str | None = None  # user product of the other seller whose units it sells

    @property
    def sale_price(self) -> int:
        return self.price * (100 - self.discount) // 100


@dataclass(slots=True)
class Order:
    """One line of a basket, with what the listing said when it was bought. Money in cents."""

    id: int
    seller_id: int
    buyer_id: int
    pack_id: int | None
    item_id: str
    variation_id: int | None
    user_product_id: str
    sku: str
    title: str
    category_id: str
    listing_type: str
    catalog: bool
    quantity: int
    unit_price: int
    full_unit_price: int
    sale_fee: int  # of one unit
    status: str
    created: dt.datetime
    updated: dt.datetime
    indexed: dt.datetime  # when the search knew of the update
    closed: dt.datetime | None = None
    shipment_id: int | None = None
    delivered: bool = False
    refunded: int = 0
    cancelled: tuple[str, str, dt.datetime] | None = None  # group, code, date
    mediation_id: int | None = None


@dataclass(slots=True)
class Shipment:
    id: int
    seller_id: int
    buyer_id: int
    order_ids: list[int]
    place: int
    cost: int
    logistic: str
    created: dt.datetime
    updated: dt.datetime
    status: str = "ready_to_ship"
    substatus: str | None = "ready_to_print"
    history: dict[str, dt.datetime] = field(default_factory=dict)


@dataclass(slots=True)
class Feed:
    """A notification that was not delivered."""

    id: str
    topic: str
    resource: str
    user_id: int
    at: dt.datetime


class World:
    """A marketplace that moves a day at a time; the same for the same arguments.

    ``sellers`` accounts of our own list ``items``; about ``products`` catalogue products are sold
    by them and by others. ``orders_per_day`` is of all own accounts together, give or take a tenth.
    The first day's orders come with the first `tick`. ``duplicates`` operators run two to four of
    the others' accounts each, see ``operators.py``; of others there are a fifth of the products
    and five. The first accounts of our own belong to the companies of ``cnpjs``, the rest to
    companies that were never registered. ``growth`` is the share of the listings on sale that a day
    adds, each to the seller of one of them; a day closes 0.004. Without it every seller opens the
    more listings the more there ever were, which suits some months of a small world.
    Raises ValueError when there is less than one seller or product, a negative number of
    anything else, or too few others for the operators.
    """

    def __init__(
        self,
        sellers: int = 3,
        items: int = 200,
        products: int = 50,
        orders_per_day: int = 40,
        seed: int = 1,
        start: dt.date = dt.date(2026, 5, 1),
        duplicates: int = 0,
        cnpjs: Sequence[str] = (),
        growth: float | None = None,
    ):
        if min(sellers, products) < 1 or min(items, orders_per_day, duplicates, growth or 0) < 0:
            raise ValueError("needs a seller, a product, and no negative numbers")
        if duplicates and products // 5 + 5 < operators.least_others(duplicates):
            raise ValueError(f"{duplicates} operators need more products, and so other sellers")
        self.seed = seed
        self.now = dt.datetime.combine(start, dt.time(), ZONE)
        self.orders_per_day = orders_per_day
        self.growth = growth
        self.lock = threading.RLock()
        self.sellers: dict[int, Seller] = {}
        self.categories: dict[str, Category] = {}
        self.products: dict[str, Product] = {}
        self.user_products: dict[str, UserProduct] = {}
        self.families: dict[int, list[str]] = defaultdict(list)
        self.items: dict[str, Item] = {}
        self.orders: dict[int, Order] = {}
        self.packs: dict[int, list[int]] = {}
        self.shipments: dict[int, Shipment] = {}
        self.feeds: list[Feed] = []
        self.events: list[dict[str, Any]] = []
        self.items_by_seller: dict[int, list[str]] = defaultdict(list)
        self.items_by_product: dict[str, list[str]] = defaultdict(list)
        self.items_by_user_product: dict[str, list[str]] = defaultdict(list)
        self.items_by_category: dict[str, set[str]] = defaultdict(set)
        self.orders_by_seller: dict[int, list[int]] = defaultdict(list)
        self.operators: dict[int, int] = {}  # of accounts that somebody has several of
        self.names: dict[int, list[str]] = {}  # the words their nicknames are variants of
        self.convoys: dict[str, operators.Convoy] = {}  # by listing
        self._renames = duplicates > 0
        self._unpaid: list[list[int]] = []  # baskets
        self._moving: dict[int, None] = {}  # shipments, in order
        self._serials: dict[str, int] = defaultdict(int)
        self._truth: dict[str, Any] | None = None
        rng = Random(f"{seed}/genesis")
        self._create_categories()
        self._create_sellers(rng, sellers, products // 5 + 5)
        for seller, cnpj in zip(self._own, cnpjs, strict=False):
            seller.cnpj = cnpj
        self._create_products(rng, products)
        own, others = self._own, [s for s in self.sellers.values() if not s.own]
        for n in range(items):
            self._list_item(rng, own[n % len(own)], self._past(rng))
        for product in self.sellable:
            for seller in rng.sample(others, rng.choice((0, 1, 2, 3, 5, min(8, len(others))))):
                self._list_item(rng, seller, self._past(rng), product)
        if duplicates:
            operators.plant(self, Random(f"{seed}/operators"), duplicates)
        self.events.clear()
        self.feeds.clear()

    @property
    def accounts(self) -> list[int]:
        """Ids of the users that may authorise the app."""
        return [seller.id for seller in self._own]

    @property
    def truth(self) -> dict[str, Any]:
        """Every resource as the API would show it completely now. Not to be changed.

        ``users``, ``items``, ``orders``, ``shipments``, ``products``, ``categories``, ``prices``
        and ``user_products`` are by id, ``offers`` are lists by product, ``stock`` is {``exact``:
        own listings, ``band``: those of others} by listing, ``now`` is a time and ``events`` are
        all that happened so far: {at, kind, id, before, after} with cents and exact units.
        ``operators`` is what no API tells: the number of the operator by seller.
        """
        from simulators.mercadolivre import resources

        with self.lock:
            if self._truth is None:
                self._truth = resources.everything(self)
            return self._truth

    def chance(self, *key: Any) -> float:
        """A number of [0, 1) that belongs to the key."""
        return zlib.crc32(repr((self.seed, *key)).encode()) / 2**32

    def units(self, item: Item) -> int:
        """Exactly how many are for sale."""
        return sum(self.user_products[v.user_product_id].units for v in item.variations)

    def offers(self, product_id: str) -> list[Item]:
        """Active listings of a product, the best one first."""
        items = (self.items[id] for id in self.items_by_product.get(product_id, ()))
        return sorted((i for i in items if i.status == "active"), key=self._rank)

    def tick(self) -> None:
        """Let a day pass."""
        with self.lock:
            rng = Random(f"{self.seed}/{self.now:%Y-%m-%d}")
            first = len(self.events)
            plans = (
                self._settle, self._ship, self._cancel, self._regret, self._sell, self._reprice,
                self._restock, self._pause, self._delist, self._recategorise, self._migrate,
                self._grow, self._rename, self._rate,
            )  # fmt: skip
            acts = [(self._moment(rng), act) for plan in plans for act in plan(rng)]
            # in order of time: what is sold has the price and the listing of that moment
            for at, act in sorted(acts, key=lambda pair: pair[0]):
                act(at)
            self.events[first:] = sorted(self.events[first:], key=lambda event: event["at"])
            self.now += dt.timedelta(days=1)
            self._forget()
            self._truth = None

    def reprice(self, item_id: str, percent: int) -> None:
        """Let a listing cost so many percent of what it does; those that follow it may."""
        with self.lock:
            item = self.items[item_id]
            self._price(item, item.price * percent // 100, self.now)
            self._truth = None

    # The beginning

    @property
    def _own(self) -> list[Seller]:
        return [seller for seller in self.sellers.values() if seller.own]

    def _rank(self, item: Item) -> tuple[float, str]:
        handicap = 1.0 if self.sellers[item.seller_id].level >= 3 else 1.2
        return item.sale_price * handicap * (0.97 if item.logistic == "fulfillment" else 1), item.id

    def _past(self, rng: Random) -> dt.datetime:
        return self.now - dt.timedelta(seconds=rng.randrange(86_400, 86_400 * 700))

    def _serial(self, kind: str, base: int, step: int = 1) -> int:
        self._serials[kind] += step
        return base + self._serials[kind]

    def _create_categories(self) -> None:
        def add(name: str, parent: Category | None) -> Category:
            number = self._serial("category", 910_000, 7)
            category = Category(f"{SITE}{number}", name, parent and parent.id, f"{SITE}-D{number}")
            self.categories[category.id] = category
            if parent:
                parent.children.append(category.id)
            return category

        for name, branches in CATEGORIES.items():
            root = add(name, None)
            for branch, leaves in branches.items():
                node = add(branch, root)
                for leaf in leaves:
                    add(leaf, node)
        self._leaves = [c.id for c in self.categories.values() if not c.children]

    def _create_sellers(self, rng: Random, own: int, others: int) -> None:
        for n in range(own + others):
            # on both sides of what an int32 holds
            id = self._serial("seller", 2_146_000_000, rng.randrange(200_000, 2_000_000))
            self.sellers[id] = Seller(
                id=id,
                own=n < own,
                nickname=f"{rng.choice(SHOPS)}{rng.choice(BRANDS).upper()}{n}",
                registered=self._past(rng) - dt.timedelta(days=700),
                place=rng.randrange(len(PLACES)),
                level=4 if n < own else rng.choice((1, 2, 3, 4, 4, 4)),
                official_store_id=5_000 + n if rng.random() < 0.3 else None,
                multi_origin=rng.random() < 0.4,
                sales=rng.randrange(50, 30_000),
            )

    def _create_products(self, rng: Random, count: int) -> None:
        parent: Product | None = None
        for n in range(count):
            if parent is None or n % 5 == 0:
                category, brand = rng.choice(self._leaves), rng.choice(BRANDS)
                name = f"{self.categories[category].name} {brand} {rng.choice(MODELS)}"
                base = rng.randrange(1_500, 90_000)
            product = Product(
                id=f"{SITE}{self._serial('product', 36_000_000, rng.randrange(1, 90))}",
                name=name if n % 5 == 0 else f"{name} {COLOURS[n % 5]} {n}",
                category_id=category,
                brand=brand,
                price=base * rng.randrange(90, 110) // 100,
                created=self._past(rng),
            )
            if n % 5 == 0 and n + 1 < count:
                parent = product
            elif n % 5:
                product.parent_id = parent.id
                parent.children.append(product.id)
            self.products[product.id] = product
        childless = [p for p in self.products.values() if not p.children]
        # some have no seller, and never will
        self.sellable = [p for p in childless if self.chance("sold", p.id) > 0.1] or childless

    def list_item(self, rng: Random, seller: Seller, product: Product) -> Item:
        """A new offer of a product, made at some time in the past."""
        item = self._list_item(rng, seller, self._past(rng), product)
        item.picture = item.id
        return item

    def city(self, place: int) -> str:
        return PLACES[place][2].upper()

    @property
    def places(self) -> int:
        return len(PLACES)

    def _list_item(
        self, rng: Random, seller: Seller, when: dt.datetime, product: Product | None = None
    ) -> Item:
        if seller.own and rng.random() < 0.4:
            product = rng.choice(self.sellable)
        category = product.category_id if product else rng.choice(self._leaves)
        title = (
            product.name
            if product
            else f"{self.categories[category].name} {rng.choice(BRANDS)} {rng.choice(MODELS)}"
            f" {rng.randrange(100)}"
        )
        price = product.price if product else rng.randrange(1_500, 90_000)
        price = price * rng.randrange(92, 109) // 100
        family = self._serial("family", 2_900_000_000_000_000, rng.randrange(1, 1_000))
        old_model = seller.own and product is None and rng.random() < 0.5
        colours = rng.sample(COLOURS, rng.randrange(2, 4)) if old_model else [rng.choice(COLOURS)]
        variations = [
            Variation(
                self._serial("variation", 174_000_000_000, rng.randrange(1, 99))
                if old_model
                else None,
                self._stock_new(rng, seller, family, colour).id,
            )
            for colour in colours
        ]
        tiers = ((6, price * 93 // 100), (12, price * 88 // 100)) if rng.random() < 0.3 else ()
        return self._add_item(
            Item(
                id=self._item_id(rng),
                seller_id=seller.id,
                title=title,
                category_id=category,
                product_id=product.id if product else None,
                family_name=None if old_model else title,
                variations=variations,
                price=price,
                discount=rng.choice((0, 0, 0, 5, 10, 20)),
                loyalty=rng.random() < 0.3,
                tiers=tiers if seller.own else (),
                listing_type=rng.choice(("gold_special", "gold_special", "gold_pro")),
                logistic=rng.choice(("cross_docking", "fulfillment", "xd_drop_off")),
                free_shipping=price >= 7_900,
                created=when,
                updated=when,
                priced=when,
                sold=rng.randrange(0, 900),
            )
        )

    def _item_id(self, rng: Random) -> str:
        return f"{SITE}{self._serial('item', 3_700_000_000, rng.randrange(1, 5_000))}"

    def _stock_new(self, rng: Random, seller: Seller, family: int, colour: str) -> UserProduct:
        number = self._serial("user_product", 1_450_000_000, rng.randrange(1, 3_000))
        most = rng.choice((30, 120, 700)) if seller.own else rng.choice((40, 130, 600, 7_000))
        thing = UserProduct(
            id=f"{SITE}U{number}",
            seller_id=seller.id,
            family_id=family,
            sku=f"{rng.choice(BRANDS)[:3].upper()}-{number % 1_000_000:06d}-{colour[:2].upper()}",
            colour=colour,
            places=[rng.randrange(1, most) for _ in range(2 if seller.multi_origin else 1)],
        )
        self.user_products[thing.id] = thing
        self.families[family].append(thing.id)
        return thing

    def _add_item(self, item: Item) -> Item:
        self.items[item.id] = item
        self.items_by_seller[item.seller_id].append(item.id)
        self.items_by_category[item.category_id].add(item.id)
        if item.product_id:
            self.items_by_product[item.product_id].append(item.id)
        for variation in item.variations:
            self.items_by_user_product[variation.user_product_id].append(item.id)
        return item

    # A day: plans of what will be tried at some moment of it

    def _moment(self, rng: Random) -> dt.datetime:
        # leaves minutes for what follows from it on the same day
        return self.now + dt.timedelta(seconds=rng.randrange(85_000))

    def _some(self, rng: Random, population: Sequence[T], rate: float) -> list[T]:
        """Each with that probability; of few, now and then one."""
        return rng.sample(
            population, min(len(population), int(len(population) * rate + rng.random()))
        )

    def _live(self, *statuses: str) -> list[Item]:
        return [item for item in self.items.values() if item.status in (statuses or ("active",))]

    def _record(
        self, at: dt.datetime, kind: str, id: int | str, before: Any = None, after: Any = None
    ) -> None:
        event = {"at": stamp(at), "kind": kind, "id": id, "before": before, "after": after}
        self.events.append(event)
        topic, owner = None, None
        if kind.startswith("order"):
            topic, resource, owner = "orders_v2", f"/orders/{id}", self.orders[id].seller_id
        elif id in self.items:
            topic, resource, owner = "items", f"/items/{id}", self.items[id].seller_id
        number = len(self.events)
        if topic and self.sellers[owner].own and self.chance("feed", number) < 0.05:
            self.feeds.append(Feed(f"{self.seed}-{number}", topic, resource, owner, at))

    def _change(self, item: Item, at: dt.datetime, kind: str, attribute: str, after: Any) -> None:
        before = getattr(item, attribute)
        setattr(item, attribute, after)
        item.updated = max(item.updated, at)
        self._record(at, kind, item.id, before, after)

    def _move_stock(self, thing: UserProduct, units: int, at: dt.datetime) -> None:
        """Add or take units; listings without any pause, and those that get some return."""
        for place, there in enumerate(thing.places):
            moved = max(units, -there)
            thing.places[place] += moved
            units -= moved
        thing.version += 1
        for item in (self.items[id] for id in self.items_by_user_product[thing.id]):
            item.updated = max(item.updated, at)
            empty = self.units(item) == 0
            if empty and item.status == "active":
                item.sub_status = ("out_of_stock",)
                self._change(item, at, "item_paused", "status", "paused")
            elif not empty and item.sub_status == ("out_of_stock",) and item.status == "paused":
                item.sub_status = ()
                self._change(item, at, "item_activated", "status", "active")

    def _touch(self, order: Order, at: dt.datetime) -> None:
        order.updated = max(at, order.updated + dt.timedelta(seconds=1))
        lag = 40 + self.chance("lag", order.id, order.updated) * 60_000
        order.indexed = order.updated + dt.timedelta(milliseconds=int(lag))

    def _sell(self, rng: Random) -> Iterator[Act]:
        shelf = [i for i in self._live("active", "paused") if self.sellers[i.seller_id].own]
        mates = defaultdict(list)
        for item in shelf:
            mates[item.seller_id].append(item)
        left = round(self.orders_per_day * rng.uniform(0.9, 1.1)) if shelf else 0
        while left > 0:
            size = min(left, 1 if rng.random() < 0.92 else rng.randrange(2, 4))
            left -= size
            yield partial(self._shop, rng, shelf, mates, size)

    def _shop(
        self,
        rng: Random,
        shelf: list[Item],
        mates: dict[int, list[Item]],
        size: int,
        at: dt.datetime,
    ) -> None:
        first = self._choose(rng, shelf, at)
        if first:
            mine = mates[first.seller_id]
            others = (self._choose(rng, mine, at) for _ in range(size - 1))
            self._buy(rng, [first, *filter(None, others)], at)

    def _choose(self, rng: Random, shelf: list[Item], at: dt.datetime) -> Item | None:
        """A listing that is for sale, some more often than others; at need, one is restocked."""
        item = None
        for _ in range(10):
            item = shelf[int(len(shelf) * rng.random() ** 2)]
            if item.status == "active":
                return item
        if item.sub_status == ("out_of_stock",):
            thing = self.user_products[item.variations[0].user_product_id]
            self._supply(thing, rng.randrange(5, 60), at)
        return item if item.status == "active" else None

    def _buy(self, rng: Random, lines: list[Item], at: dt.datetime) -> None:
        buyer = 2_500_000_000 + int(rng.random() ** 2 * 5_000_000)
        settled = rng.random() >= 0.05
        basket = []
        for item in lines:
            variations = [v for v in item.variations if self.user_products[v.user_product_id].units]
            if not variations:
                continue  # the basket has the last one already
            variation = rng.choice(variations)
            thing = self.user_products[variation.user_product_id]
            quantity = min(rng.choice((1, 1, 1, 1, 1, 2, 2, 3, 8)), thing.units)
            unit = next(
                (price for least, price in reversed(item.tiers) if quantity >= least),
                item.sale_price,
            )
            rate = 17 if item.listing_type == "gold_pro" else 12
            order = Order(
                id=self._serial("order", 2_000_009_000_000_000, rng.randrange(11, 99) * 2),
                seller_id=item.seller_id,
                buyer_id=buyer,
                pack_id=None,
                item_id=item.id,
                variation_id=variation.id,
                user_product_id=thing.id,
                sku=thing.sku,
                title=item.title,
                category_id=item.category_id,
                listing_type=item.listing_type,
                catalog=item.product_id is not None,
                quantity=quantity,
                unit_price=unit,
                full_unit_price=item.price,
                sale_fee=unit * rate // 100 + (600 if unit < 7_900 else 0),
                status="payment_in_process",
                created=at,
                updated=at,
                indexed=at,
            )
            self._touch(order, at + dt.timedelta(seconds=1))
            self.orders[order.id] = order
            self.orders_by_seller[order.seller_id].append(order.id)
            basket.append(order.id)
            item.sold += quantity
            self._move_stock(thing, -quantity, at)
            self._record(at, "order_created", order.id, None, order.status)
        if len(basket) > 1:
            pack = self._serial("pack", 2_000_006_000_000_000, 977)
            self.packs[pack] = basket
            for id in basket:
                self.orders[id].pack_id = pack
        if settled:
            self._pay(rng, basket, at + dt.timedelta(seconds=rng.randrange(20, 200)))
        else:
            self._unpaid.append(basket)

    def _pay(self, rng: Random, basket: list[int], at: dt.datetime) -> None:
        first = self.orders[basket[0]]
        shipment = Shipment(
            id=self._serial("shipment", 44_000_000_000, rng.randrange(1, 900)),
            seller_id=first.seller_id,
            buyer_id=first.buyer_id,
            order_ids=list(basket),
            place=rng.randrange(len(PLACES)),
            cost=rng.randrange(690, 4_500),
            logistic=self.items[first.item_id].logistic,
            created=at,
            updated=at,
            history={"date_handling": at},
        )
        self.shipments[shipment.id] = shipment
        self._moving[shipment.id] = None
        for order in (self.orders[id] for id in basket):
            before = order.status
            # vocabularies are open: now and then a word that no documentation knows
            order.status = "paid" if rng.random() > 0.004 else "paid_on_review"
            order.closed, order.shipment_id = at, shipment.id
            self._touch(order, at)
            self._record(at, "order_paid", order.id, before, order.status)

    def _settle(self, rng: Random) -> Iterator[Act]:
        unpaid, self._unpaid = self._unpaid, []
        for basket in unpaid:
            yield partial(self._conclude, rng, basket)

    def _conclude(self, rng: Random, basket: list[int], at: dt.datetime) -> None:
        if rng.random() < 0.7:
            self._pay(rng, basket, at)
            return
        for id in basket:
            self._undo(self.orders[id], at, "internal", "payment_expired")

    def _ship(self, rng: Random) -> Iterator[Act]:
        for id in self._some(rng, list(self._moving), 0.55):
            yield partial(self._advance, rng, self.shipments[id])

    def _advance(self, rng: Random, shipment: Shipment, at: dt.datetime) -> None:
        if shipment.id not in self._moving:
            return
        shipment.substatus = None
        if shipment.status == "ready_to_ship":
            shipment.status = "shipped"
        else:
            del self._moving[shipment.id]
            shipment.status = "delivered"
            if rng.random() < 0.03:
                shipment.status, shipment.substatus = "not_delivered", "returning_to_sender"
        shipment.history[f"date_{shipment.status}"] = shipment.updated = at
        for order in (self.orders[id] for id in shipment.order_ids):
            order.delivered = shipment.status == "delivered"
            self._touch(order, at)
            self._record(at, f"order_{shipment.status}", order.id)

    def _undo(self, order: Order, at: dt.datetime, group: str, code: str) -> None:
        before, order.status = order.status, "cancelled"
        order.cancelled = group, code, at
        order.refunded = order.quantity * order.unit_price if order.closed else 0
        self._touch(order, at)
        self._move_stock(self.user_products[order.user_product_id], order.quantity, at)
        self._record(at, "order_cancelled", order.id, before, "cancelled")

    def _cancel(self, rng: Random) -> Iterator[Act]:
        for id in self._some(rng, list(self._moving), 0.02):
            reason = rng.choice((("buyer", "buyer_cancel_express"), ("seller", "out_of_stock")))
            yield partial(self._call_off, self.shipments[id], *reason)

    def _call_off(self, shipment: Shipment, group: str, code: str, at: dt.datetime) -> None:
        if shipment.status != "ready_to_ship":
            return
        del self._moving[shipment.id]
        shipment.status, shipment.substatus, shipment.updated = "cancelled", None, at
        shipment.history["date_cancelled"] = at
        for id in shipment.order_ids:
            self._undo(self.orders[id], at, group, code)

    def _regret(self, rng: Random) -> Iterator[Act]:
        """Refunds of what was delivered long ago: updates that a cursor on creation misses."""
        old = self.now - dt.timedelta(days=5)
        content = [
            o
            for o in self.orders.values()
            if o.delivered and o.status == "paid" and o.created < old
        ]
        for order in self._some(rng, content, 0.002):
            yield partial(self._claim, order, rng.random() < 0.5)

    def _claim(self, order: Order, whole: bool, at: dt.datetime) -> None:
        order.mediation_id = self._serial("mediation", 5_200_000_000, 13)
        if whole:
            self._undo(order, at, "mediations", "refunded_by_claim")
            return
        order.status, order.refunded = "partially_refunded", order.unit_price * order.quantity // 4
        self._touch(order, at)
        self._record(at, "order_refunded", order.id, "paid", order.status)

    def _reprice(self, rng: Random) -> Iterator[Act]:
        for item in self._some(rng, self._live("active", "paused"), 0.05):
            if rng.random() < 0.4:
                others = [d for d in (0, 5, 10, 15, 25) if d != item.discount]
                yield partial(self._discount, item, rng.choice(others))
            else:
                percent = rng.choice((88, 93, 96, 103, 106, 112))
                yield partial(self._price, item, max(500, item.price * percent // 100 + 1))

    def _discount(self, item: Item, percent: int, at: dt.datetime) -> None:
        item.priced = at
        self._change(item, at, "discount_changed", "discount", percent)
        self._follow(item, at)

    def _price(self, item: Item, cents: int, at: dt.datetime) -> None:
        item.priced = at
        item.tiers = tuple((n, cents * (93 if n < 12 else 88) // 100) for n, _ in item.tiers)
        self._change(item, at, "price_changed", "price", cents)
        self._follow(item, at)

    def _follow(self, item: Item, at: dt.datetime) -> None:
        """Prices that go together do so within minutes."""
        convoy = self.convoys.get(item.id)
        for id in convoy.items if convoy else ():
            other = self.items[id]
            if id == item.id or other.status == "closed":
                continue
            if self.chance("follow", id, at) >= convoy.faithful:
                continue
            if other.discount != item.discount:
                self._change(other, at, "discount_changed", "discount", item.discount)
            cents = item.price + int(self.chance("apart", id, at) * 2) * convoy.cents
            if other.price != cents:
                self._change(other, at, "price_changed", "price", cents)
            other.priced = at

    def _restock(self, rng: Random) -> Iterator[Act]:
        empty = [u for u in self.user_products.values() if not u.units]
        others = [u for u in self.user_products.values() if not self.sellers[u.seller_id].own]
        for thing in self._some(rng, empty, 0.4):
            yield partial(self._supply, thing, rng.randrange(5, 150))
        for thing in self._some(rng, others, 0.3):
            yield partial(self._supply, thing, rng.randrange(-90, 80))

    def _supply(self, thing: UserProduct, units: int, at: dt.datetime) -> None:
        before = thing.units
        self._move_stock(thing, units, at)
        self._record(at, "stock_changed", thing.id, before, thing.units)

    def _pause(self, rng: Random) -> Iterator[Act]:
        paused = [i for i in self._live("paused") if not i.sub_status]
        for item in self._some(rng, self._live(), 0.008):
            yield partial(self._set_status, item, "item_paused", "active", "paused")
        for item in self._some(rng, [i for i in paused if self.units(i)], 0.3):
            yield partial(self._set_status, item, "item_activated", "paused", "active")

    def _delist(self, rng: Random) -> Iterator[Act]:
        for item in self._some(rng, self._live(), 0.004):
            yield partial(self._set_status, item, "item_closed", "active", "closed")

    def _set_status(self, item: Item, kind: str, before: str, after: str, at: dt.datetime) -> None:
        if item.status == before and (after != "active" or self.units(item)):
            item.sub_status = ("deleted",) if after == "closed" else ()
            self._change(item, at, kind, "status", after)

    def _recategorise(self, rng: Random) -> Iterator[Act]:
        loose = [i for i in self._live() if i.product_id is None]
        for item in self._some(rng, loose, 0.006):
            others = [id for id in self._leaves if id != item.category_id]
            yield partial(self._move_category, item, rng.choice(others))

    def _move_category(self, item: Item, category_id: str, at: dt.datetime) -> None:
        self.items_by_category[item.category_id].discard(item.id)
        self.items_by_category[category_id].add(item.id)
        self._change(item, at, "item_recategorised", "category_id", category_id)

    def _migrate(self, rng: Random) -> Iterator[Act]:
        old = [i for i in self._live() if i.family_name is None]
        for item in self._some(rng, old, 0.02):
            yield partial(self._split, rng, item)

    def _split(self, rng: Random, item: Item, at: dt.datetime) -> None:
        """UPtin: a listing with variations closes, and each of them gets a listing of its own."""
        if item.status == "closed":
            return
        heirs = []
        for variation in item.variations:
            thing = self.user_products[variation.user_product_id]
            empty = thing.units == 0
            heir = replace(
                item,
                id=self._item_id(rng),
                title=f"{item.title} {thing.colour}",
                family_name=item.title,
                variations=[Variation(None, thing.id)],
                created=at,
                updated=at,
                priced=at,
                status="paused" if empty else "active",
                sub_status=("out_of_stock",) if empty else (),
                tags=(*item.tags, "variations_migration_uptin"),
                sold=0,
            )
            heirs.append(self._add_item(heir).id)
        item.status, item.sub_status, item.updated = "closed", ("deleted",), at
        self._record(at, "item_migrated", item.id, item.id, heirs)

    def _grow(self, rng: Random) -> Iterator[Act]:
        if self.growth is None:
            rate = len(self.items) * 0.0004
            sellers = self._some(rng, list(self.sellers.values()), rate)
        else:
            joined = self._some(rng, self._live(), self.growth)
            sellers = [self.sellers[item.seller_id] for item in joined]
        for seller in sellers:
            yield partial(self._open, rng, seller)

    def _open(self, rng: Random, seller: Seller, at: dt.datetime) -> None:
        product = None if seller.own else rng.choice(self.sellable)
        item = self._list_item(rng, seller, at, product)
        self._record(at, "item_listed", item.id, None, "active")

    def _rename(self, rng: Random) -> Iterator[Act]:
        for seller in self._some(rng, list(self.sellers.values()), 0.01):
            number = self._serial("nickname", 100)
            name = f"{rng.choice(SHOPS)}.{rng.choice(BRANDS).upper()}{number}"
            if self._renames:
                name = operators.rename(self, rng, seller)
            yield partial(self._name, seller, name)

    def _name(self, seller: Seller, name: str, at: dt.datetime) -> None:
        before, seller.nickname = seller.nickname, name
        self._record(at, "seller_renamed", seller.id, before, name)

    def _rate(self, rng: Random) -> Iterator[Act]:
        for seller in self._some(rng, list(self.sellers.values()), 0.02):
            falls = seller.level == 4 or (seller.level > 0 and rng.random() < 0.5)
            yield partial(self._level, seller, seller.level + (-1 if falls else 1))

    def _level(self, seller: Seller, level: int, at: dt.datetime) -> None:
        before, seller.level = seller.level, level
        self._record(at, "reputation_changed", seller.id, LEVELS[before], LEVELS[level])

    def _forget(self) -> None:
        kept = self.now - RETENTION
        for id, order in list(self.orders.items()):
            if order.created >= kept:
                break  # they are in order of creation
            del self.orders[id]
            self.orders_by_seller[order.seller_id].remove(id)
            self.packs.pop(order.pack_id, None)
            self.shipments.pop(order.shipment_id, None)
            self._moving.pop(order.shipment_id, None)
        self.feeds = [feed for feed in self.feeds if feed.at >= self.now - FEEDS]


def stamp(moment: dt.datetime) -> str:
    """As most of the API writes times: 2026-05-01T09:34:59.000-04:00."""
    return moment.isoformat(timespec="milliseconds")
