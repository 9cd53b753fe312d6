"""Sellers, and who is possibly behind them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from serving.api.answers import Many, One, many, one
from serving.api.database import filtered, load_query
from serving.api.paging import Paged
from serving.api.problems import documented
from serving.api.routes.parameters import READ, OptionalUf

COLUMNS = load_query("seller_columns")
SELLERS = load_query("sellers").replace("{columns}", COLUMNS)
SELLER = load_query("seller").replace("{columns}", COLUMNS)
FILTERS = {
    "uf": "seller.uf = %(uf)s",
    "is_own": "seller.is_own = %(is_own)s",
    "after_id": "seller.seller_id > %(after_id)s",
}


class Seller(BaseModel):
    """A seller as it is now."""

    seller_id: int
    nickname: str | None
    user_type: str | None
    uf: str | None
    city_name: str | None
    reputation_level_id: str | None
    power_seller_status: str | None
    official_store_id: int | None
    site_status: str | None
    is_own: bool | None
    is_deleted: bool | None
    registered_at: AwareDatetime | None
    cnpj: str | None
    company_id: str | None
    legal_name: str | None
    company_status: str | None
    cluster_id: int | None = Field(description="The same for sellers of possibly one operator.")


class SellerVersion(BaseModel):
    """What a seller was for a while."""

    valid_from: AwareDatetime
    valid_to: AwareDatetime | None
    nickname: str | None
    uf: str | None
    city_name: str | None
    reputation_level_id: str | None
    power_seller_status: str | None
    site_status: str | None
    is_deleted: bool | None


class OtherSeller(BaseModel):
    """A seller of the same cluster."""

    seller_id: int
    nickname: str | None


class Cluster(BaseModel):
    """A hint to look closer, and no verdict."""

    link_count: int | None
    best_score: int | None
    is_too_large: bool | None = Field(description="More than an operator is thought to have.")
    is_disputed: bool | None
    others: list[OtherSeller]


class WholeSeller(Seller):
    """A seller with its past, its company and its cluster."""

    company_risk_score: int | None
    company_risk_level: str | None
    versions: list[SellerVersion]
    possibly_same_operator: Cluster | None


router = APIRouter(
    prefix="/sellers",
    tags=["marketplace"],
    dependencies=READ,
    responses=documented(401, 403),
)


@router.get("", summary="Which sellers?", response_model=Many[Seller])
async def sellers(
    request: Request,
    page: Paged,
    uf: OptionalUf = None,
    is_own: Annotated[bool | None, Query(description="Own accounts, or the others.")] = None,
) -> Response:
    """Own accounts, and sellers of offers that were seen."""
    values = {"uf": uf, "is_own": is_own, **page.after(after_id=int)}
    return await many(request, filtered(SELLERS, FILTERS, values), values, page, "mercadolivre")


@router.get(
    "/{seller_id}",
    summary="Who is a seller?",
    response_model=One[WholeSeller],
    responses=documented(404),
)
async def seller(request: Request, seller_id: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
    """With what it was before, its company, and sellers of possibly the same operator."""
    values = {"seller_id": seller_id}
    return await one(request, SELLER, values, "no seller has this id: see /sellers")
