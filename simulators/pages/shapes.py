"""One product's page in every shape that shops write it in."""

import html
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


@dataclass
class Product:
    """An invented product as its shop knows it; what is None the page does not tell."""

    name: str
    brand: str | None = "Sabiúna"
    gtin: str | None = None
    mpn: str | None = None
    sku: str | None = None
    description: str | None = None
    price: str | None = "199.90"
    currency: str | None = "BRL"
    availability: str | None = "in_stock"
    rating_value: str | None = "4.50"
    rating_count: str | None = "128"
    review_count: str | None = "31"


def gtin(number: int) -> str:
    """A GTIN of 13 digits that nobody has (prefix 200), with its check digit."""
    digits = f"200{number:09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def catalogue() -> list[Product]:
    """Products of a shop, unlike each other."""
    return [
        Product(
            f"Panela n.º {number} “Ágata” & tampa",
            gtin=gtin(number),
            mpn=f"PA-{number}",
            sku=f"SKU{number}",
            description=f"Esmalte <{number}> litros & alça",
            price=f"{1100 + number}.90",
            rating_count=str(1000 + number),
            availability="in_stock" if number % 2 else "out_of_stock",
        )
        for number in (1, 2)
    ]


def node(product: Product, **changes: Any) -> dict[str, Any]:
    """A schema.org Product."""
    word = "".join(part.title() for part in (product.availability or "").split("_"))
    rating = {
        "@type": "AggregateRating",
        "ratingValue": product.rating_value and float(product.rating_value),
        "ratingCount": product.rating_count and int(product.rating_count),
        "reviewCount": product.review_count,
    }
    offer = {
        "@type": "Offer",
        "price": product.price and float(product.price),
        "priceCurrency": product.currency,
        "availability": f"https://schema.org/{word}" if word else None,
    }
    return {
        "@type": "Product",
        "name": product.name,
        "brand": {"@type": "Brand", "name": product.brand},
        "gtin13": product.gtin,
        "mpn": product.mpn,
        "sku": product.sku,
        "description": html.escape(product.description or ""),
        "offers": offer,
        "aggregateRating": rating,
    } | changes


def _page(product: Product, *blocks: Any, meta: str = "") -> str:
    scripts = "".join(
        f'<script type="application/ld+json">{block}</script>\n'
        for block in (each if isinstance(each, str) else json.dumps(each) for each in blocks)
    )
    title = html.escape(product.name)
    return (
        f'<!DOCTYPE html>\n<html lang="pt-BR"><head><meta charset="utf-8"><title>{title} | Loja'
        f'</title><meta property="og:title" content="{title} | Loja">{meta}\n{scripts}</head>'
        f"<body><h1>{title}</h1><p>Compre já, parcele em 10x</p></body></html>\n"
    )


def plain(product: Product) -> str:
    return _page(product, {"@context": "https://schema.org", **node(product)})


def graph(product: Product) -> str:
    """An @graph with references, types in lists, and a brand that is a text."""
    main = node(product, brand={"@id": "#brand"}, offers={"@id": "#offer"})
    main |= {"@id": "#product", "@type": ["Product", "Thing"]}
    brand = {"@id": "#brand", "@type": "Brand", "name": product.brand}
    offer = {"@id": "#offer", **node(product)["offers"]}
    page = {"@type": "WebPage", "name": "Loja", "mainEntity": {"@id": "#product"}}
    return _page(product, {"@context": "https://schema.org", "@graph": [page, main, brand, offer]})


def listed(product: Product) -> str:
    """A list, an AggregateOffer whose prices are Brazilian texts, a rating on a scale to 10."""
    reais, cents = (product.price or "0.00").split(".")
    text = f"R$ {int(reais):,}".replace(",", ".") + f",{cents}"
    offer = {"@type": "AggregateOffer", "lowPrice": text, "offerCount": 1}
    offer |= {name: node(product)["offers"][name] for name in ("priceCurrency", "availability")}
    best = {"ratingValue": str(float(product.rating_value or 0) * 2), "bestRating": "10"}
    rating = node(product)["aggregateRating"] | best
    crumbs = {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "name": "Casa"}]}
    others = {"@type": "ItemList", "itemListElement": [node(Product("Outra", price="1.00"))]}
    main = node(product, offers=offer, aggregateRating=rating, brand=product.brand)
    return _page(product, [crumbs, main, others])


def variants(product: Product) -> str:
    """A ProductGroup; another variant costs something else, so that one must be chosen by code."""
    shared = ("name", "brand", "description", "aggregateRating")
    whole = node(product)
    other = node(replace(product, gtin=gtin(900), sku="SKU900", mpn="PA-900", price="5.00"))
    group = {"@type": "ProductGroup", "productGroupID": "G", **{key: whole[key] for key in shared}}
    group["hasVariant"] = [
        {key: value for key, value in each.items() if key not in shared} for each in (other, whole)
    ]
    return _page(product, {"@context": "https://schema.org/", **group})


def meta(product: Product) -> str:
    """No JSON-LD, only what social networks read."""
    told = {
        "og:type": "product",
        "product:brand": product.brand,
        "product:ean": product.gtin,
        "product:mfr_part_no": product.mpn,
        "product:retailer_item_id": product.sku,
        "og:description": product.description,
        "product:price:amount": product.price,
        "product:price:currency": product.currency,
        "product:availability": (product.availability or "").replace("_", " "),
    }
    tags = "".join(
        f'<meta property="{name}" content="{html.escape(html.escape(value, quote=False))}">'
        for name, value in told.items()
        if value
    )
    return _page(product, meta=tags)


def broken(product: Product) -> str:
    """Two blocks that are no JSON around a good one in a comment."""
    good = f"<!-- {json.dumps(node(product))} -->"
    return _page(product, '{"@type": "Product", "name": ', good, "undefined")


SHAPES: dict[str, Callable[[Product], str]] = {
    "plain": plain, "graph": graph, "listed": listed, "variants": variants, "meta": meta,
    "broken": broken,
}  # fmt: skip


def truth(shape: str, product: Product) -> dict[str, str]:
    """What a page in this shape says, by attribute."""
    said = {name: value for name, value in vars(product).items() if value is not None}
    if shape == "meta":
        said["name"] += " | Loja"
        for name in ("rating_value", "rating_count", "review_count"):
            said.pop(name, None)
    return said
