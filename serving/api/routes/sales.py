"""What is sold."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, BeforeValidator

from serving.api.answers import Many, many
from serving.api.database import filtered, load_query
from serving.api.paging import Paged
from serving.api.problems import documented
from serving.api.routes.parameters import READ, Uf

TOP = load_query("top_sales")
MEASURES = {"gross": "sum(gross_amount)", "net": "sum(net_amount)", "quantity": "sum(quantity)"}
FILTERS = {
    "uf": "buyer_uf = %(uf)s",
    "region": "buyer_uf in (select uf from dim_region where region = %(region)s)",
    "since": "sale_date >= %(since)s",
    "newest": "sale_date > coalesce(%(until)s::date, (select max(sale_date) from fact_sales))"
    " - %(newest)s::int",
    "until": "sale_date <= %(until)s",
}
NEWEST_DAYS = 30
REGIONS = ("Norte", "Nordeste", "Centro-Oeste", "Sudeste", "Sul")


class TopSale(BaseModel):
    """A product, and what was sold of it."""

    rank: int
    product_id: str
    seller_sku: str | None
    title: str | None
    brand_name: str | None
    quantity: int
    gross_amount: float | None
    net_amount: float | None
    order_count: int


Region = Annotated[
    Literal[REGIONS],
    BeforeValidator(lambda value: value.strip().title() if isinstance(value, str) else value),
]

router = APIRouter(
    prefix="/sales",
    tags=["marketplace"],
    dependencies=READ,
    responses=documented(401, 403),
)


@router.get("/top", summary="What sells best where?", response_model=Many[TopSale])
async def top(
    request: Request,
    page: Paged,
    region: Annotated[
        Region | Uf | None,
        Query(description=f"Where buyers are: a state, or {', '.join(REGIONS)}.", examples=["Sul"]),
    ] = None,
    since: Annotated[
        dt.date | None,
        Query(
            alias="from",
            description=f"First day; without it {NEWEST_DAYS} before the last, or the newest sale.",
        ),
    ] = None,
    until: Annotated[dt.date | None, Query(alias="to", description="Last day.")] = None,
    by: Annotated[
        Literal["gross", "net", "quantity"],
        Query(description="Net is what is left after fee, freight and refunds."),
    ] = "gross",
) -> Response:
    """Products by what was sold of them; cancelled orders and trials do not count."""
    is_region = region in REGIONS
    values = {
        "region": region if is_region else None,
        "uf": None if is_region else region,
        "since": since,
        "newest": NEWEST_DAYS if since is None else None,
        "until": until,
    }
    values |= page.after(after_measure=str, after_id=str)
    query = filtered(TOP.replace("{measure}", MEASURES[by]), FILTERS, values)
    return await many(request, query, values, page, "mercadolivre")
