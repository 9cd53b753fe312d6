"""Operators who run several seller accounts, planted among the others, and what looks like them.

An operator's accounts have variants of a name, offer the same products for the same prices, and
often share a city, a day of registration, a store or units in a warehouse: never all of it. Beside
them stand franchises of a brand, sellers of the same common name elsewhere, products that
everybody sells, and rivals whose goods and prices go together: alike, and nobody's duplicates.
"""

import datetime as dt
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.mercadolivre.world import Item, Product, Seller, World

FIRST = ("CASA", "MUNDO", "REI", "CENTRAL", "PONTO", "MEGA", "SUPER", "TOP", "ESPAÇO", "EMPÓRIO")
TRADES = (
    "FERRAMENTAS", "BRINQUEDOS", "UTILIDADES", "ESPORTES", "INFORMÁTICA", "PRESENTES",
    "ELETRÔNICOS", "ACESSÓRIOS", "VARIEDADES", "CONSTRUÇÃO", "PESCA", "CAMPING",
)  # fmt: skip
GIVEN = (
    "MARIA", "JOSÉ", "ANA", "JOÃO", "PAULO", "CARLA", "PEDRO", "LUCAS", "BRUNA", "RAFAEL", "TIAGO",
    "SÔNIA",
)  # fmt: skip
FAMILIES = (
    "SILVA", "SOUZA", "LIMA", "COSTA", "ROCHA", "ALVES", "MELO", "DIAS", "NUNES", "PRADO", "FARIA",
    "BRAGA",
)  # fmt: skip
SYLLABLES = (
    "BA", "BRE", "CA", "CHI", "DO", "FRA", "GU", "JA", "LE", "LU", "MA", "NI", "PO", "QUE", "RI",
    "SA", "TE", "TRO", "VA", "VI", "XU", "ZA", "ZO", "MIR", "TAL", "VEN", "DOR", "LAN",
)  # fmt: skip
SUFFIXES = ("BR", "OFICIAL", "STORE", "LOJA", "SHOP", "2")
LOOKALIKES = (("O", "0"), ("I", "1"), ("E", "3"), ("A", "4"), ("S", "5"))


@dataclass(slots=True)
class Convoy:
    """Listings whose prices follow each other: with that probability, up to some cents apart."""

    items: list[str]
    faithful: float
    cents: int = 0


def least_others(count: int) -> int:
    """How many other sellers ``count`` operators need among them."""
    return 8 * count + 4


def nickname(rng: Random) -> list[str]:
    """The words of an invented name, some of them everybody's."""
    proper = "".join(rng.choice(SYLLABLES) for _ in range(rng.choice((2, 3, 3, 4))))
    kind = rng.random()
    if kind < 0.35:
        return [rng.choice(FIRST), proper]
    if kind < 0.5:
        return [proper, rng.choice(TRADES)]
    if kind < 0.7:
        number = [str(rng.randrange(10, 100))] if rng.random() < 0.3 else []
        return [rng.choice(FIRST), rng.choice(TRADES), *number]
    if kind < 0.9:
        return [rng.choice(GIVEN), rng.choice(FAMILIES), str(rng.randrange(1, 10_000))]
    return [proper]


def written(rng: Random, words: list[str]) -> str:
    return rng.choice(("", "", "", ".", "_", " ", "-")).join(words)


def variant(rng: Random, words: list[str]) -> str:
    """Another way to write a name."""
    words = list(words)
    kind = rng.random()
    if kind < 0.3:
        name = written(rng, words)
        at = rng.randrange(1, len(name))
        letter = rng.choice("AEIORSTLN")
        return rng.choice((
            name[:at] + letter + name[at:],
            name[:at] + letter + name[at + 1 :],
            name[:at] + name[at + 1 :],
        ))  # fmt: skip
    if kind < 0.5:
        name = written(rng, words)
        for letter, digit in rng.sample(LOOKALIKES, 3):
            name = name.replace(letter, digit)
        return name
    if kind < 0.85:
        suffix = rng.choice(SUFFIXES)
        return written(rng, [suffix, *words] if rng.random() < 0.2 else [*words, suffix])
    return written(rng, words[::-1])


def rename(world: "World", rng: Random, seller: "Seller") -> str:
    """A new name; an operator's account most often gets another variant of the old one."""
    words = world.names.get(seller.id)
    if words and rng.random() < 0.8:
        return variant(rng, words)
    return written(rng, nickname(rng))


def plant(world: "World", rng: Random, count: int) -> None:
    """Make ``count`` operators out of sellers that are not own accounts, and their lookalikes."""
    others = [seller for seller in world.sellers.values() if not seller.own]
    for seller in others:
        seller.nickname = written(rng, nickname(rng))
    rng.shuffle(others)
    for n in range(count):
        accounts = [others.pop() for _ in range(rng.choice((2, 2, 2, 3, 3, 4)))]
        _operate(world, rng, accounts, n)
    for _ in range(count // 6 + 1):
        _franchise(world, rng, [others.pop() for _ in range(min(len(others), 4))])
    for _ in range(count // 2 + 1):
        _namesakes(rng, others[: rng.choice((2, 3))])
        rng.shuffle(others)
    for n in range(count // 2 + 1):
        rng.shuffle(others)
        _compete(world, rng, others[: rng.choice((2, 3))], Convoy([], 0.5 if n % 2 else 0.0))
    _popularise(world, rng, others)
    _number(rng, [seller for seller in world.sellers.values() if not seller.own], world.operators)


def _number(rng: Random, sellers: list["Seller"], operators: dict[int, int]) -> None:
    """Names are taken once; whoever comes second, and has no other account, takes a number."""
    taken: set[str] = set()
    for seller in sorted(sellers, key=lambda seller: seller.id not in operators):
        while (name := _unsigned(seller.nickname)) in taken and seller.id not in operators:
            seller.nickname += str(rng.randrange(2, 100))
        taken.add(name)


def _unsigned(nickname: str) -> str:
    return "".join(filter(str.isalnum, nickname))


def _operate(world: "World", rng: Random, accounts: list["Seller"], number: int) -> None:
    lead, words = accounts[0], nickname(rng)
    lead.nickname = written(rng, words)
    opened, store = rng.random(), number % 7 == 3
    for seller in accounts:
        world.operators[seller.id] = number
        if seller is lead:
            world.names[seller.id] = words
            continue
        if rng.random() < 0.82:  # the others have a name of their own
            world.names[seller.id] = words
            seller.nickname = variant(rng, words)
        if rng.random() < 0.92:
            seller.place = lead.place
        if opened < 0.6:
            near = 0 if opened < 0.35 else rng.randrange(1, 10)
            seller.registered = lead.registered + dt.timedelta(days=near)
        if store:
            seller.official_store_id = lead.official_store_id or 8_000 + number
    if store:
        lead.official_store_id = lead.official_store_id or 8_000 + number
    faithful, cents = rng.choice(((0.97, 0), (0.97, 0), (0.95, 1), (0.95, 1), (0.5, 0)))
    is_shared = number % 7 == 5
    for product in rng.sample(world.sellable, min(rng.randrange(5, 14), len(world.sellable))):
        sellers = [seller for seller in accounts if rng.random() < 0.8]
        _offer_alike(world, rng, sellers, product, Convoy([], faithful, cents), is_shared)


def _offer_alike(
    world: "World",
    rng: Random,
    sellers: list["Seller"],
    product: "Product",
    convoy: Convoy,
    is_shared: bool = False,
) -> None:
    """Every one of them offers the product, for the first one's price."""
    first: Item | None = None
    for seller in sellers:
        item = world.list_item(rng, seller, product)
        if first is None:
            first = item
        item.price = first.price + (rng.randrange(2) * convoy.cents if item is not first else 0)
        item.discount, item.picture = first.discount, first.picture
        if is_shared:
            item.inventory, item.logistic = first.variations[0].user_product_id, "fulfillment"
        convoy.items.append(item.id)
        world.convoys[item.id] = convoy


def _franchise(world: "World", rng: Random, shops: list["Seller"]) -> None:
    """Shops of one brand, each in its state, for the list prices that they mostly keep to."""
    brand = rng.choice(world.sellable).brand
    goods = [product for product in world.sellable if product.brand == brand]
    places = rng.sample(range(1, world.places), len(shops))
    for shop, place in zip(shops, places, strict=True):
        shop.place = place
        owner = nickname(rng)[-1:] if rng.random() < 0.6 else []
        shop.nickname = written(rng, [brand.upper(), world.city(place), *owner])
    for product in rng.sample(goods, min(8, len(goods))):
        _offer_alike(world, rng, shops, product, Convoy([], 0.7))


def _compete(world: "World", rng: Random, rivals: list["Seller"], convoy: Convoy) -> None:
    """Sellers of the same goods, with prices of their own or ones that go after each other."""
    for product in rng.sample(world.sellable, min(8, len(world.sellable))):
        if convoy.faithful:
            _offer_alike(world, rng, rivals, product, Convoy([], convoy.faithful))
            continue
        for seller in rivals:
            world.list_item(rng, seller, product)


def _namesakes(rng: Random, sellers: list["Seller"]) -> None:
    """Sellers of one common name in different states."""
    words = [rng.choice(FIRST), rng.choice(TRADES)]
    for n, seller in enumerate(sellers):
        seller.nickname = variant(rng, words) if n else written(rng, words)
        seller.place = 1 + (sellers[0].place + 2 * n) % 7


def _popularise(world: "World", rng: Random, sellers: list["Seller"]) -> None:
    """Products that a tenth of everybody sells, many of them for the suggested price."""
    count = max(1, len(world.sellable) // 400)
    for product in rng.sample(world.sellable, count):
        for seller in rng.sample(sellers, len(sellers) // 10):
            item = world.list_item(rng, seller, product)
            if rng.random() < 0.4:
                item.price, item.discount = product.price, 0
