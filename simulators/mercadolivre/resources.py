"""Resources as the API shows them: plain dictionaries, ready for JSON."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Any

from simulators.mercadolivre.world import (
    LEVELS,
    PLACES,
    SITE,
    Category,
    Feed,
    Item,
    Order,
    Product,
    Seller,
    Shipment,
    UserProduct,
    Variation,
    World,
    stamp,
)

Json = dict[str, Any]

BANDS = ((50, 1), (100, 50), (150, 100), (200, 150), (250, 200), (500, 250), (5_000, 500),
         (50_000, 5_000))  # fmt: skip
SOLD = (0, 1, 5, 10, 25, 50, 100, 200, 500, 1_000, 5_000, 10_000, 50_000)


def band(units: int) -> int:
    """What public resources say instead of a number of units: 1 is 1 to 50, 50 is 51 to 100 …"""
    if units == 0:
        return 0
    return next((shown for most, shown in BANDS if units <= most), 50_000)


def everything(world: World) -> Json:
    """See `World.truth`."""
    own = [item for item in world.items.values() if world.sellers[item.seller_id].own]
    others = [item for item in world.items.values() if not world.sellers[item.seller_id].own]
    return {
        "now": stamp(world.now),
        "users": {s.id: user(world, s, s.own) for s in world.sellers.values()},
        "items": {i.id: item(world, i, True) for i in own}
        | {i.id: item(world, i, False) for i in others},
        "orders": {o.id: order(world, o) for o in world.orders.values()},
        "shipments": {s.id: shipment(world, s) for s in world.shipments.values()},
        "products": {p.id: product(world, p) for p in world.products.values()},
        "offers": {
            p.id: [offer(world, i) for i in world.offers(p.id)] for p in world.products.values()
        },
        "categories": {c.id: category(world, c) for c in world.categories.values()},
        "prices": {i.id: prices(i) for i in own},
        "user_products": {u.id: user_product(world, u) for u in world.user_products.values()},
        "stock": {
            "exact": {i.id: world.units(i) for i in own},
            "band": {i.id: band(world.units(i)) for i in others},
        },
        "events": [dict(event) for event in world.events],
        "operators": dict(world.operators),
    }


def money(cents: int) -> float:
    return cents / 100


def utc(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _maybe(world: World, *key: Any) -> Json:
    """A field that no documentation knows, in some resources."""
    return {"experiment_group": "b"} if world.chance("unknown", *key) < 0.1 else {}


# Sellers


def user(world: World, seller: Seller, own: bool) -> Json:
    """``own``: with what only the user itself may see. Contacts and documents are impossible."""
    uf, _, city, postal = PLACES[seller.place]
    completed = seller.sales * 96 // 100
    poor = 4 - seller.level
    shown = {
        "id": seller.id,
        "nickname": seller.nickname,
        "registration_date": stamp(seller.registered),
        "country_id": "BR",
        "address": {"city": city, "state": f"BR-{uf}"},
        "user_type": "brand" if seller.official_store_id else "normal",
        "tags": ["normal", "user_product_seller"],
        "logo": None,
        "points": seller.sales // 20,
        "site_id": SITE,
        "permalink": f"http://perfil.mercadolivre.com.br/{seller.nickname}",
        "seller_reputation": {
            "level_id": LEVELS[seller.level],
            "power_seller_status": "platinum" if seller.level == 4 else None,
            "metrics": {
                name: {"period": "60 days", **figures}
                for name, figures in {
                    "sales": {"completed": completed // 12},
                    "claims": {"rate": 0.004 + poor * 0.02, "value": 4 + poor * 20},
                    "cancellations": {"rate": 0.001 + poor * 0.01, "value": 1 + poor * 9},
                    "delayed_handling_time": {"rate": 0.02 + poor * 0.05, "value": 9 + poor * 30},
                }.items()
            },
            "transactions": {
                "period": "historic",
                "total": seller.sales,
                "completed": completed,
                "canceled": seller.sales - completed,
                "ratings": {"positive": 0.93, "neutral": 0.03, "negative": 0.04},
            },
        },
        "status": {"site_status": "active"},
    } | _maybe(world, "user", seller.id)
    if not own:
        return shown
    return shown | {
        "first_name": "Vendedor",
        "last_name": f"Inventado {seller.id % 97}",
        "email": f"{seller.id}@vendas.example",
        "identification": {"type": "CNPJ", "number": seller.cnpj or _unissued_cnpj(seller)},
        "phone": {"area_code": "00", "number": f"90000-{seller.id % 10_000:04d}"},
        "address": shown["address"] | {"address": "Rua Inventada 1", "zip_code": f"{postal}00000"},
        "secure_email": f"{seller.id}@mail.example",
    }


def _unissued_cnpj(seller: Seller) -> str:
    """Valid, of a root that was never issued."""
    digits = f"{70_000_000 + seller.id % 1_000_000:08d}0001"
    for _ in range(2):
        total = sum(int(d) * (2 + n % 8) for n, d in enumerate(reversed(digits)))
        digits += str(0 if total % 11 < 2 else 11 - total % 11)
    return digits


# Listings


def item(world: World, item: Item, own: bool, complete: bool = True) -> Json:
    """``own``: exact stock; ``complete``: what only include_attributes=all shows."""
    units = (lambda n: n) if own else band
    things = [world.user_products[v.user_product_id] for v in item.variations]
    old_model = item.family_name is None
    # prices are leaving this resource, listing by listing
    priced = world.chance("priced", item.id) > 0.1
    return {
        "id": item.id,
        "site_id": SITE,
        "title": item.title,
        "family_name": item.family_name,
        "family_id": None if old_model else things[0].family_id,
        "user_product_id": None if old_model else things[0].id,
        "seller_id": item.seller_id,
        "category_id": item.category_id,
        "domain_id": world.categories[item.category_id].domain_id,
        "official_store_id": world.sellers[item.seller_id].official_store_id,
        "price": money(item.sale_price) if priced else None,
        "base_price": money(item.price) if priced else None,
        "original_price": money(item.price) if priced and item.discount else None,
        "currency_id": "BRL",
        "initial_quantity": units(world.units(item) + item.sold),
        "available_quantity": units(world.units(item)),
        "sold_quantity": _bucket(item.sold),
        "buying_mode": "buy_it_now",
        "listing_type_id": item.listing_type,
        "condition": "new",
        "permalink": f"https://produto.mercadolivre.com.br/{SITE}-{item.id[3:]}",
        "pictures": [{"id": f"{(item.picture or item.id)[3:]}-{SITE}"}],
        "seller_custom_field": things[0].sku if complete and not old_model else None,
        "attributes": _attributes(item, things[0]),
        "variations": [
            _variation(item, v, thing, units, complete)
            for v, thing in zip(item.variations, things, strict=True)
            if old_model
        ],
        "shipping": _shipping(item),
        "status": item.status,
        "sub_status": list(item.sub_status),
        "tags": list(item.tags),
        "warranty": "Garantia de fábrica: 3 meses",
        "catalog_product_id": item.product_id,
        "catalog_listing": item.product_id is not None,
        "inventory_id": _inventory(item, things[0]),
        "channels": ["marketplace"],
        "health": None,
        "date_created": utc(item.created),
        "last_updated": utc(item.updated),
    } | _maybe(world, "item", item.id)


def _bucket(sold: int) -> int:
    return SOLD[bisect_left(SOLD, sold + 1) - 1]


def _attributes(item: Item, thing: UserProduct) -> list[Json]:
    named = {"ITEM_CONDITION": ("Condição do item", "Novo")}
    if item.family_name is not None:
        named |= {"SELLER_SKU": ("SKU", thing.sku), "COLOR": ("Cor", thing.colour)}
    return [
        {"id": id, "name": name, "value_id": None, "value_name": value}
        for id, (name, value) in named.items()
    ]


def _variation(
    item: Item,
    variation: Variation,
    thing: UserProduct,
    units: Callable[[int], int],
    complete: bool,
) -> Json:
    colour = {"id": "COLOR", "name": "Cor", "value_id": None, "value_name": thing.colour}
    shown = {
        "id": variation.id,
        "price": money(item.sale_price),
        "attribute_combinations": [colour],
        "available_quantity": units(thing.units),
        "sold_quantity": _bucket(item.sold // len(item.variations)),
        "picture_ids": [f"{item.id[3:]}-{SITE}"],
        "seller_custom_field": thing.sku if complete else None,
        "user_product_id": thing.id,
        "inventory_id": _inventory(item, thing),
    }
    if complete:
        sku = {"id": "SELLER_SKU", "name": "SKU", "value_id": None, "value_name": thing.sku}
        shown["attributes"] = [sku]
    return shown


def _inventory(item: Item, thing: UserProduct) -> str | None:
    return f"INV{(item.inventory or thing.id)[4:]}" if item.logistic == "fulfillment" else None


def _shipping(item: Item) -> Json:
    return {
        "free_shipping": item.free_shipping,
        "store_pick_up": False,
        "mode": "me2",
        "logistic_type": item.logistic,
        "tags": ["mandatory_free_shipping"] if item.free_shipping else [],
    }


def prices(item: Item) -> Json:
    """All of a listing's prices; what each is for is in its ``conditions``."""

    def price(
        id: int, kind: str, amount: int, regular: int | None, contexts: Iterable[str], **more: Any
    ) -> Json:
        conditions = {
            "context_restrictions": list(contexts),
            "start_time": None,
            "end_time": None,
        }
        return {
            "id": str(id),
            "type": kind,
            "amount": money(amount),
            "regular_amount": regular and money(regular),
            "currency_id": "BRL",
            "last_updated": utc(item.priced),
            "conditions": conditions | more,
        }

    found = [price(1, "standard", item.price, None, ())]
    if item.discount:
        context = ("channel_marketplace",)
        found.append(price(2, "promotion", item.sale_price, item.price, context))
    if item.loyalty:
        context = ("channel_marketplace", "buyer_loyalty_3")
        found.append(price(3, "promotion", _loyal(item), item.price, context))
    context = ("channel_marketplace", "user_type_business")
    for n, (least, amount) in enumerate(item.tiers, start=67):
        tier = price(n, "standard", amount, None, context, min_purchase_unit=least)
        found.append(tier | {"amount_tax_inclusion_type": "net"})
    return {"id": item.id, "prices": found}


def _loyal(item: Item) -> int:
    return item.sale_price * 95 // 100


def sale_price(item: Item, contexts: Iterable[str], own: bool, now: dt.datetime) -> Json:
    """What a buyer of these contexts pays for one."""
    loyal = item.loyalty and "buyer_loyalty_3" in contexts
    amount = _loyal(item) if loyal else item.sale_price
    cut = amount < item.price
    promotion = {"promotion_id": f"OFFER-{item.id}-{item.discount}", "promotion_type": "custom"}
    return {
        "price_id": "3" if loyal else "2" if cut else "1",
        "amount": money(amount),
        "regular_amount": money(item.price) if cut else None,
        "currency_id": "BRL",
        "reference_date": utc(now),
        "metadata": promotion if own and cut else {},
    }


def price_to_win(world: World, item: Item) -> Json:
    """Of an own listing of a catalogue product: how it stands among the product's offers."""
    best, *others = world.offers(item.product_id) or [None]
    reason: list[str] = []
    target = None
    if item.status != "active" or best is None:
        status, reason = "listed", ["item_paused"]
    elif world.sellers[item.seller_id].level < 3:
        status, reason = "listed", ["reputation_below_threshold"]
    elif best is item:
        status = "winning"
    else:
        status, target = "competing", money(best.sale_price * 99 // 100)
    boosts = [
        {
            "id": "fulfillment",
            "status": "boosted" if item.logistic == "fulfillment" else "opportunity",
            "description": "Mercado Envios Full",
        }
    ]
    return {
        "item_id": item.id,
        "current_price": money(item.sale_price),
        "currency_id": "BRL",
        "price_to_win": target,
        "boosts": boosts,
        "status": status,
        "consistent": True,
        "visit_share": {"winning": "maximum", "competing": "medium"}.get(status, "minimum"),
        "competitors_sharing_first_place": None if status == "listed" else 0,
        "reason": reason,
        "catalog_product_id": item.product_id,
        "winner": best
        and {
            "item_id": best.id,
            "price": money(best.sale_price),
            "currency_id": "BRL",
            "boosts": [],
        },
    }


def visits(world: World, item: Item, days: int) -> Json:
    """``days`` whole days up to now."""
    until = dt.datetime.combine(world.now.date(), dt.time(), dt.UTC)
    results = []
    for back in range(days, 0, -1):
        day = until - dt.timedelta(days=back)
        count = int(world.chance("visits", item.id, day) ** 3 * 200)
        detail = [{"company": "mercadolibre", "quantity": count}]
        results.append({"date": utc(day), "total": count, "visits_detail": detail})
    return {
        "item_id": item.id,
        "date_from": utc(until - dt.timedelta(days=days)),
        "date_to": utc(until),
        "total_visits": sum(day["total"] for day in results),
        "last": days,
        "unit": "day",
        "results": results,
    }


def user_product(world: World, thing: UserProduct) -> Json:
    items = [world.items[id] for id in world.items_by_user_product[thing.id]]
    last = items[-1]
    return {
        "id": thing.id,
        "name": last.title,
        "user_id": thing.seller_id,
        "family_id": thing.family_id,
        "domain_id": world.categories[last.category_id].domain_id,
        "catalog_product_id": last.product_id,
        "attributes": [
            {"id": "COLOR", "name": "Cor", "values": [{"id": None, "name": thing.colour}]},
            {"id": "SELLER_SKU", "name": "SKU", "values": [{"id": None, "name": thing.sku}]},
        ],
        "tags": [],
        "date_created": utc(items[0].created),
        "last_updated": utc(max(item.updated for item in items)),
    }


def stock(world: World, thing: UserProduct) -> Json:
    """Exact units, in each place of a seller that has several."""
    if world.sellers[thing.seller_id].multi_origin:
        locations = [
            {
                "type": "seller_warehouse",
                "store_id": f"{54_936_000 + n}",
                "network_node_id": f"BRP{thing.seller_id}{n}",
                "quantity": units,
            }
            for n, units in enumerate(thing.places)
        ]
    else:
        locations = [{"type": "selling_address", "quantity": thing.units}]
    return {"id": thing.id, "user_id": thing.seller_id, "locations": locations}


def family(world: World, id: int) -> Json:
    things = world.families[id]
    return {
        "user_products_ids": list(things),
        "family_id": id,
        "site_id": SITE,
        "user_id": world.user_products[things[0]].seller_id,
    }


# Catalogue


def category(world: World, category: Category) -> Json:
    path, node = [category], category
    while node.parent_id:
        node = world.categories[node.parent_id]
        path.insert(0, node)
    children = [world.categories[id] for id in category.children]
    return {
        "id": category.id,
        "name": category.name,
        "picture": None,
        "permalink": None,
        "total_items_in_this_category": _count(world, category),
        "path_from_root": [{"id": c.id, "name": c.name} for c in path],
        "children_categories": [
            {"id": c.id, "name": c.name, "total_items_in_this_category": _count(world, c)}
            for c in children
        ],
        "attribute_types": "none" if children else "attributes",
        "settings": {
            "buying_modes": ["buy_it_now"],
            "catalog_domain": None if children else category.domain_id,
            "currencies": ["BRL"],
            "item_conditions": ["new", "used"],
            "listing_allowed": not children,
            "max_title_length": 60,
            "status": "enabled",
        },
        "attributable": not children,
    }


def _count(world: World, category: Category) -> int:
    return len(world.items_by_category[category.id]) + sum(
        _count(world, world.categories[id]) for id in category.children
    )


def category_attributes() -> list[Json]:
    """The same few for all categories."""
    kinds = {
        "BRAND": ("Marca", "string", {"catalog_required": True, "required": True}),
        "MODEL": ("Modelo", "string", {"catalog_required": True}),
        "COLOR": ("Cor", "list", {"allow_variations": True, "variation_attribute": True}),
        "SELLER_SKU": ("SKU", "string", {"hidden": True, "variation_attribute": True}),
        "GTIN": ("Código universal de produto", "string", {"variation_attribute": True}),
    }
    return [
        {
            "id": id,
            "name": name,
            "tags": tags,
            "hierarchy": "PARENT_PK" if "catalog_required" in tags else "ITEM",
            "relevance": 1,
            "value_type": kind,
            "value_max_length": 255,
            "attribute_group_id": "OTHERS",
            "attribute_group_name": "Outros",
        }
        for id, (name, kind, tags) in kinds.items()
    ]


def gtin(product: Product) -> str:
    """Of a range that is never issued to goods."""
    return f"020{int(product.id[3:]):010d}"


def product(world: World, product: Product) -> Json:
    offers = world.offers(product.id)
    lowest = min(offers, key=lambda i: i.sale_price, default=None)
    highest = max(offers, key=lambda i: i.sale_price, default=None)
    return (
        found_product(world, product)
        | {
            "permalink": f"https://www.mercadolivre.com.br/p/{product.id}",
            "family_name": " ".join(product.name.split(" ")[:2]),
            "sold_quantity": _bucket(sum(i.sold for i in offers)),
            "buy_box_winner": _winner(world, product, offers[0]) if offers else None,
            "buy_box_winner_price_range": lowest
            and {
                "min": {"price": money(lowest.sale_price), "currency_id": "BRL"},
                "max": {"price": money(highest.sale_price), "currency_id": "BRL"},
            },
            "pickers": [{"picker_id": "COLOR", "products": []}] if product.children else [],
            "short_description": {"type": "plaintext", "content": product.name},
        }
        | _maybe(world, "product", product.id)
    )


def _winner(world: World, product: Product, item: Item) -> Json:
    level = ("RED", "ORANGE", "YELLOW", "LIGHT_GREEN", "GREEN")[world.sellers[item.seller_id].level]
    return offer(world, item) | {
        "product_id": product.id,
        "seller": {"reputation_level_id": level, "tags": []},
    }


def found_product(world: World, product: Product) -> Json:
    """As /products/search shows it."""
    return {
        "id": product.id,
        "catalog_product_id": product.id,
        "site_id": SITE,
        "status": "active",
        "domain_id": world.categories[product.category_id].domain_id,
        "settings": {"listing_strategy": "catalog_required", "exclusive": False},
        "name": product.name,
        "main_features": [],
        "attributes": [
            {"id": "BRAND", "name": "Marca", "value_id": None, "value_name": product.brand},
            {"id": "GTIN", "name": "GTIN", "value_id": None, "value_name": gtin(product)},
        ],
        "pictures": [],
        "parent_id": product.parent_id,
        "children_ids": list(product.children),
        "quality_type": "COMPLETE",
        "priority": "MEDIUM",
        "type": "PRODUCT",
        "date_created": utc(product.created),
        "last_updated": utc(product.created),
    }


def offer(world: World, item: Item) -> Json:
    """A listing among a product's offers: public, so its stock is a band even for its owner."""
    seller = world.sellers[item.seller_id]
    uf, state, city, _ = PLACES[seller.place]
    return {
        "item_id": item.id,
        "site_id": SITE,
        "seller_id": item.seller_id,
        "accepts_mercadopago": True,
        "available_quantity": band(world.units(item)),
        "sold_quantity": _bucket(item.sold),
        "price": money(item.sale_price),
        "original_price": money(item.price) if item.discount else None,
        "category_id": item.category_id,
        "currency_id": "BRL",
        "warranty": "Garantia de fábrica: 3 meses",
        "condition": "new",
        "listing_type_id": item.listing_type,
        "international_delivery_mode": "none",
        "tier": "candidate",
        "inventory_id": _inventory(item, world.user_products[item.variations[0].user_product_id]),
        "tags": list(item.tags),
        "deal_ids": [],
        "official_store_id": seller.official_store_id,
        "shipping": _shipping(item),
        "seller_address": {
            "city": {"id": f"TUxCQ{seller.place}", "name": city},
            "state": {"id": f"BR-{uf}", "name": state},
        },
        "sale_terms": [
            {"id": "WARRANTY_TIME", "name": "Tempo de garantia", "value_name": "3 meses"}
        ],
    }


# Orders


def order(world: World, order: Order) -> Json:
    """The detail. The buyer's name, phone and document are invented and impossible."""
    total = money(order.unit_price * order.quantity)
    refunded = money(order.refunded)
    discounted = order.full_unit_price > order.unit_price
    flags = {
        "pack_order": order.pack_id,
        "order_has_discount": discounted,
        "catalog": order.catalog,
        "paid": order.closed and not order.cancelled,
    }
    tags = [tag for tag, has in flags.items() if has]
    tags.append("delivered" if order.delivered else "not_delivered")
    line = {
        "item": {
            "id": order.item_id,
            "title": order.title,
            "category_id": order.category_id,
            "variation_id": order.variation_id,
            "seller_custom_field": None,
            "variation_attributes": [],
            "warranty": "Garantia de fábrica: 3 meses",
            "condition": "new",
            "seller_sku": order.sku,
            "user_product_id": order.user_product_id,
        },
        "quantity": order.quantity,
        "requested_quantity": {"measure": "unit", "value": order.quantity},
        "unit_price": money(order.unit_price),
        "full_unit_price": money(order.full_unit_price),
        "currency_id": "BRL",
        "sale_fee": money(order.sale_fee),
        "listing_type_id": order.listing_type,
        "element_id": 1,
        "stock": None,
    }
    payment = {
        "id": 91_000_000_000 + order.id % 1_000_000_000,
        "order_id": order.id,
        "payer_id": order.buyer_id,
        "collector": {"id": order.seller_id},
        "reason": order.title,
        "site_id": SITE,
        "payment_method_id": "pix",
        "payment_type": "bank_transfer",
        "currency_id": "BRL",
        "installments": 1,
        "operation_type": "regular_payment",
        "status": _payment_status(order),
        "transaction_amount": total,
        "transaction_amount_refunded": refunded,
        "shipping_cost": 0.0,
        "total_paid_amount": total,
        "marketplace_fee": money(order.sale_fee * order.quantity),
        "date_approved": order.closed and stamp(order.closed),
        "date_created": stamp(order.created),
        "date_last_modified": stamp(order.updated),
    }
    return {
        "id": order.id,
        "date_created": stamp(order.created),
        "last_updated": stamp(order.updated),
        "date_closed": order.closed and stamp(order.closed),
        "pack_id": order.pack_id,
        "fulfilled": order.delivered or None,
        "buying_mode": "buy_equals_pay",
        "shipping_cost": 0.0,
        "mediations": [{"id": order.mediation_id}] if order.mediation_id else [],
        "total_amount": total,
        "paid_amount": total if order.closed else 0.0,
        "currency_id": "BRL",
        "order_items": [line],
        "payments": [payment],
        "shipping": {"id": order.shipment_id},
        "status": order.status,
        "status_detail": None,
        "tags": tags,
        "feedback": {"seller": None, "buyer": None},
        "context": {"channel": "marketplace", "site": SITE, "flows": ["catalog"] * order.catalog},
        "seller": {"id": order.seller_id},
        "buyer": buyer(order.buyer_id),
        "taxes": {"amount": None, "currency_id": None, "id": None},
        "cancel_detail": _cancel_detail(order),
    } | _maybe(world, "order", order.id)


def _payment_status(order: Order) -> str:
    if not order.closed:
        return "rejected" if order.cancelled else "in_process"
    return "refunded" if order.cancelled else "approved"


def _cancel_detail(order: Order) -> Json | None:
    if not order.cancelled:
        return None
    group, code, at = order.cancelled
    return {
        "group": group,
        "code": code,
        "description": code.replace("_", " "),
        "requested_by": group,
        "date": stamp(at),
    }


def buyer(id: int) -> Json:
    """Someone who does not exist: area code 00, a CPF with wrong check digits."""
    return {
        "id": id,
        "nickname": f"COMPRADOR{id}",
        "first_name": "Pessoa",
        "last_name": f"Inventada {id % 1_000}",
        "email": f"{id}@compras.example",
        "phone": {"area_code": "00", "number": f"98888-{id % 10_000:04d}"},
        "billing_info": {"doc_type": "CPF", "doc_number": _cpf(id % 10**9)},
    }


def _cpf(number: int) -> str:
    """Eleven digits, the first check digit of which is wrong."""
    digits = f"{number:09d}"
    right = sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) * 10 % 11 % 10
    return f"{digits}{(right + 1) % 10}0"


def found_order(world: World, found: Order) -> Json:
    """As /orders/search shows it: the time of update has another name, and is later."""
    shown = order(world, found)
    del shown["last_updated"]
    return shown | {"date_last_updated": stamp(found.indexed)}


def pack(world: World, id: int, order_ids: list[int]) -> Json:
    orders = [world.orders[order_id] for order_id in order_ids]
    written = "%Y-%m-%dT%H:%M:%S.000-0400"  # this resource alone has no colon in the zone
    return {
        "id": id,
        "status": "released" if orders[0].closed else "pending",
        "status_detail": None,
        "orders": [{"id": order_id} for order_id in order_ids],
        "shipment": {"id": orders[0].shipment_id},
        "buyer": {"id": orders[0].buyer_id},
        "date_created": f"{orders[0].created:{written}}",
        "last_updated": f"{max(o.updated for o in orders):{written}}",
    }


def _address(world: World, place: int, key: int) -> Json:
    uf, state, city, postal = PLACES[place]
    number = key % 900 + 1
    return {
        "address_id": 1_100_000_000 + key % 100_000_000,
        "address_line": f"Rua Inventada {number}",
        "street_name": "Rua Inventada",
        "street_number": str(number),
        "comment": "Casa dos fundos" if number % 3 == 0 else None,
        "zip_code": f"{postal}{key % 100_000:05d}",
        "country": {"id": "BR", "name": "Brasil"},
        "state": {"id": f"BR-{uf}", "name": state},
        "city": {"id": f"TUxCQ{place}", "name": city},
        "neighborhood": {"id": None, "name": "Centro"},
        "latitude": 0.0,
        "longitude": 0.0,
        "types": ["shipping"],
    }


def shipment(world: World, shipment: Shipment) -> Json:
    """With header x-format-new: true."""
    due = stamp(shipment.created + dt.timedelta(days=6))
    return {
        "id": shipment.id,
        "status": shipment.status,
        "substatus": shipment.substatus,
        "date_created": stamp(shipment.created),
        "last_updated": stamp(shipment.updated),
        "items_types": ["new"],
        "declared_value": _value(world, shipment),
        "dimensions": {"height": 10, "width": 20, "length": 30, "weight": 400},
        "logistic": {"mode": "me2", "type": shipment.logistic, "direction": "forward"},
        "origin": {
            "node": None,
            "type": "selling_address",
            "sender_id": shipment.seller_id,
            "shipping_address": _address(
                world, world.sellers[shipment.seller_id].place, shipment.seller_id
            ),
        },
        "destination": {
            "type": "buying_address",
            "receiver_id": shipment.buyer_id,
            "receiver_name": f"Pessoa Inventada {shipment.buyer_id % 1_000}",
            "receiver_phone": f"00 98888-{shipment.buyer_id % 10_000:04d}",
            "comments": None,
            "shipping_address": _address(world, shipment.place, shipment.buyer_id),
        },
        "lead_time": {
            "cost": 0.0,
            "list_cost": money(shipment.cost),
            "cost_type": "free",
            "currency_id": "BRL",
            "option_id": 708,
            "service_id": 22,
            "shipping_method": {"id": 511_948, "name": "Expresso", "type": "standard"},
            "estimated_delivery_time": {"date": due, "type": "known_frame", "unit": "hour"},
            "estimated_delivery_limit": {"date": due},
        },
        "source": {"site_id": SITE, "market_place": "MELI", "customer_id": None},
        "tracking_number": f"SIM{shipment.id}BR",
        "tracking_method": "Expresso",
        "tags": [],
        "external_reference": None,
    } | _maybe(world, "shipment", shipment.id)


def shipment_old(world: World, shipment: Shipment) -> Json:
    """Without the header."""
    dates = ("handling", "ready_to_ship", "shipped", "delivered", "not_delivered", "cancelled")
    return {
        "id": shipment.id,
        "mode": "me2",
        "created_by": "receiver",
        "order_id": shipment.order_ids[0],
        "order_cost": _value(world, shipment),
        "base_cost": money(shipment.cost),
        "site_id": SITE,
        "status": shipment.status,
        "substatus": shipment.substatus,
        "status_history": {
            f"date_{name}": stamp(at) if (at := shipment.history.get(f"date_{name}")) else None
            for name in dates
        },
        "date_created": stamp(shipment.created),
        "last_updated": stamp(shipment.updated),
        "tracking_number": f"SIM{shipment.id}BR",
        "tracking_method": "Expresso",
        "sender_id": shipment.seller_id,
        "sender_address": _address(
            world, world.sellers[shipment.seller_id].place, shipment.seller_id
        ),
        "receiver_id": shipment.buyer_id,
        "receiver_address": _address(world, shipment.place, shipment.buyer_id)
        | {
            "receiver_name": f"Pessoa Inventada {shipment.buyer_id % 1_000}",
            "receiver_phone": f"00 98888-{shipment.buyer_id % 10_000:04d}",
        },
        "logistic_type": shipment.logistic,
    }


def _value(world: World, shipment: Shipment) -> float:
    orders = (world.orders[id] for id in shipment.order_ids)
    return money(sum(order.unit_price * order.quantity for order in orders))


def shipment_costs(world: World, shipment: Shipment) -> Json:
    """``senders[].cost`` is the seller's freight."""
    free = world.items[world.orders[shipment.order_ids[0]].item_id].free_shipping
    paid, received = (shipment.cost, 0) if free else (0, shipment.cost)
    return {
        "gross_amount": money(shipment.cost),
        "receiver": {
            "user_id": shipment.buyer_id,
            "cost": money(received),
            "compensation": 0,
            "save": money(paid),
            "discounts": [],
        },
        "senders": [
            {
                "user_id": shipment.seller_id,
                "cost": money(paid),
                "compensation": 0,
                "save": money(received),
                "discounts": [],
            }
        ],
    }


def feed(feed: Feed, application: str) -> Json:
    """A notification, as /missed_feeds repeats it."""
    return {
        "_id": feed.id,
        "resource": feed.resource,
        "user_id": feed.user_id,
        "topic": feed.topic,
        "application_id": application,
        "attempts": 8,
        "sent": utc(feed.at),
        "received": utc(feed.at),
    }
