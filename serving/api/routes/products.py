"""Products, and what they cost when."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from serving.api.answers import Many, One, many, one
from serving.api.database import filtered, load_query
from serving.api.paging import Paged
from serving.api.problems import documented, flawed
from serving.api.routes.parameters import READ, Text

SHAPE = load_query("product_shape")
PRODUCTS = load_query("products").replace("{products}", SHAPE)
PRODUCT = load_query("product").replace("{products}", SHAPE)
PRICE_HISTORY = load_query("price_history")
FILTERS = {
    "kind": "kind = %(kind)s",
    "seller_id": "seller_id = %(seller_id)s",
    "status": "status = %(status)s",
    "after_id": "(kind, product_id) > (%(after_kind)s, %(after_id)s)",
}
SUBJECTS = {
    "item": "item_id = %(item)s",
    "product": "(catalog_product_id = %(product)s or item_id in"
    " (select item_id from product_identity where product_id = %(product)s))",
}
PRICE_FILTERS = {
    "context": "series.context = %(context)s",
    "since": "versions.valid_to > %(since)s",
    "until": "versions.valid_from < cast(%(until)s as date) + 1",
    "after_key": "(series.price_series_key, versions.valid_from)"
    " > (%(after_key)s, %(after_time)s::timestamp)",
}


class Product(BaseModel):
    """A product of one's own, or one of the catalogue that is watched."""

    kind: Literal["own", "catalogue"]
    product_id: str
    name: str | None
    brand_name: str | None
    status: str | None
    seller_id: int | None
    seller_sku: str | None
    item_id: str | None
    variation_name: str | None
    catalog_product_id: str | None
    gtin: str | None
    category_id: str | None
    domain_id: str | None
    list_price_amount: float | None
    currency_id: str | None
    is_deleted: bool | None


class ProductVersion(BaseModel):
    """What a product was for a while."""

    valid_from: AwareDatetime
    valid_to: AwareDatetime | None
    title: str | None
    category_id: str | None
    status: str | None
    list_price_amount: float | None
    is_deleted: bool | None


class Listing(BaseModel):
    """Where a product is or was sold."""

    item_id: str
    variation_id: int
    seller_sku: str | None
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None


class WholeProduct(Product):
    """A product with its past; one of the catalogue has none here."""

    versions: list[ProductVersion]
    listings: list[Listing]


class PriceVersion(BaseModel):
    """A price while it was the same. Nothing was observed after last_observed_at."""

    price_series_key: str
    mode: str = Field(description="own or watch")
    item_id: str | None
    catalog_product_id: str | None
    seller_id: int | None
    context: str | None = Field(description="Whom or what it is for.")
    channel: str | None
    loyalty_level: str | None
    is_business: bool | None
    minimum_quantity: int | None
    currency_id: str | None
    state: str = Field(
        description="offered; withdrawn: the listing is there without this price; delisted: it is"
        " closed or no longer offered; nobody_sells: nobody offers the product."
    )
    price_amount: float | None
    regular_price_amount: float | None
    previous_price_amount: float | None
    previous_observed_at: AwareDatetime | None
    valid_from: AwareDatetime = Field(description="When it was first observed.")
    valid_to: AwareDatetime | None = Field(description="When another was; null: none yet.")
    last_observed_at: AwareDatetime | None = Field(
        description="Up to here it was unchanged; from here to valid_to it was not looked at."
    )
    observation_count: int | None
    is_current: bool | None


router = APIRouter(tags=["marketplace"], dependencies=READ, responses=documented(401, 403))


@router.get("/products", summary="Which products?", response_model=Many[Product])
async def products(
    request: Request,
    page: Paged,
    kind: Annotated[
        Literal["own", "catalogue"] | None,
        Query(description="One's own, or of the catalogue."),
    ] = None,
    seller_id: Annotated[int | None, Query(ge=1, lt=2**63, description="Own account.")] = None,
    status: Annotated[Text | None, Query(description="As the marketplace calls it.")] = None,
) -> Response:
    """As they are now: what is sold, and what is watched in the catalogue."""
    values = {"kind": kind, "seller_id": seller_id, "status": status}
    values |= page.after(after_kind=str, after_id=str)
    return await many(request, filtered(PRODUCTS, FILTERS, values), values, page, "mercadolivre")


@router.get(
    "/products/{product_id}",
    summary="One product",
    response_model=One[WholeProduct],
    responses=documented(404),
)
async def product(
    request: Request, product_id: Annotated[str, Path(min_length=1, max_length=200)]
) -> Response:
    """With what it was before, and the listings it is sold on."""
    values = {"product_id": product_id}
    return await one(request, PRODUCT, values, "no product has this id: see /products")


@router.get(
    "/price-history", summary="What did it cost, and when?", response_model=Many[PriceVersion]
)
async def price_history(
    request: Request,
    page: Paged,
    product: Annotated[Text | None, Query(description="Of all its listings or offers; or:")] = None,
    item: Annotated[Text | None, Query(description="Of one listing.")] = None,
    context: Annotated[
        Text | None, Query(description="Whom or what the price is for, as in an answer.")
    ] = None,
    since: Annotated[
        dt.date | None, Query(alias="from", description="In force on this day or later.")
    ] = None,
    until: Annotated[
        dt.date | None, Query(alias="to", description="In force on this day or before.")
    ] = None,
) -> Response:
    """Series by series (a listing's price for the same buyers), each in order of time."""
    if (product is None) == (item is None):
        raise flawed("product", "give this or item")
    values = {"product": product, "item": item, "context": context, "since": since, "until": until}
    values |= page.after(after_key=str, after_time=str)
    subject = SUBJECTS["item" if item else "product"]
    query = filtered(PRICE_HISTORY.replace("{subject}", subject), PRICE_FILTERS, values)
    return await many(request, query, values, page, "mercadolivre")
