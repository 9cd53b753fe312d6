"""The tables of ``raw_mercadolivre``: what is kept of each answer, and what is not.

A class is a table, its fields are the columns, under the API's own names; a field of an inner
object says where it comes from with ``At``. What no field names is not stored, which is how
personal data stays out. A row that does not fit (no key, words for numbers) raises
ValidationError; a missing field never does, nor do new fields and words: see :class:`Drift`.
"""

import datetime as dt
import types
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Annotated, Any, ClassVar, get_args, get_origin

from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
)
from pydantic.fields import FieldInfo


def At(*path: str | int, default: Any = None) -> Any:  # noqa: N802
    """A field that lies at ``path`` inside the answer."""
    return Field(default=default, validation_alias=AliasPath(*path))


def _either(*names: str) -> Any:
    return Field(default=None, validation_alias=AliasChoices(*names))


def _pseudonym(value: Any, info: ValidationInfo) -> str | None:
    return None if value is None else info.context["pseudonym"](value)


def _ids(value: Any) -> Any:
    """Of a list of objects, their ids: of pictures nothing else is worth keeping."""
    if isinstance(value, list):
        return [element.get("id") if isinstance(element, dict) else element for element in value]
    return value


def _seller_sku(attributes: Any) -> Any:
    for attribute in attributes if isinstance(attributes, list) else ():
        if isinstance(attribute, dict) and attribute.get("id") == "SELLER_SKU":
            values = attribute.get("values")
            first = values[0] if isinstance(values, list) and values else None
            return attribute.get("value_name") or (
                first.get("name") if isinstance(first, dict) else None
            )
    return None


def _cnpj(identification: Any) -> str | None:
    """The number of a company; a person's CPF is not ours to keep."""
    if isinstance(identification, dict) and identification.get("type") == "CNPJ":
        return str(identification.get("number"))
    return None


def _code(value: Any) -> Any:
    return value.get("code") if isinstance(value, dict) else value


def _contexts(value: Any) -> str:
    return ",".join(sorted(map(str, value))) if isinstance(value, list) else ""


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float | bool) else value


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


Text = Annotated[str | None, BeforeValidator(_text)]
Time = Annotated[dt.datetime | None, BeforeValidator(_empty_is_none)]
Number = Annotated[int | None, BeforeValidator(_empty_is_none)]
Money = Annotated[Decimal | None, BeforeValidator(_empty_is_none)]
Json = list[Any] | dict[str, Any] | None
Hashed = Annotated[str | None, BeforeValidator(_pseudonym)]
PostalPrefix = Annotated[str | None, BeforeValidator(lambda value: value and str(value)[:5])]
Ids = Annotated[list[Any] | None, BeforeValidator(_ids)]
SellerSku = Annotated[str | None, BeforeValidator(_seller_sku)]
CompanyNumber = Annotated[str | None, BeforeValidator(_cnpj)]
Code = Annotated[str | None, BeforeValidator(_code)]
Contexts = Annotated[str, BeforeValidator(_contexts)]


class Words:
    """The words a field is known to take; others are loaded all the same, and counted."""

    def __init__(self, known: str):
        self.known = frozenset(known.split())


class Table(BaseModel):
    """A raw table. ``observed_at`` is the server's time of the answer a row comes from."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    table: ClassVar[str]
    replaces: ClassVar[tuple[str, ...]]  # columns; a batch replaces the rows that equal it in these
    part_of: ClassVar[str] = ""  # the table of wholes: rows go when theirs comes without them
    left_out: ClassVar[str] = ""  # fields the API is known to send that are not kept

    observed_at: dt.datetime

    @classmethod
    def key(cls, row: dict[str, Any]) -> tuple[Any, ...]:
        """What of a row is replaced together."""
        return tuple(row[column] for column in cls.replaces)


class Observation(Table):
    """A table that only grows: its key holds the time of the observation."""


class User(Table):
    """One row per account or seller that was looked up; only what is public, save the CNPJ."""

    table = "users"
    replaces = ("id",)
    left_out = (
        "first_name last_name email secure_email phone alternative_phone identification address"
        " logo credit buyer_reputation bill_data context thumbnail company shipping_modes gender"
        " seller_experience internal_tags country_id registration_identifiers status"
        " seller_reputation site_status"
    )

    id: int
    nickname: Text = None
    registration_date: Time = None
    country_id: Text = None
    site_id: Text = None
    user_type: Annotated[Text, Words("normal brand car_dealer real_estate_agency franchise")] = None
    points: Number = None
    permalink: Text = None
    tags: Json = None
    city: Text = At("address", "city")
    state_id: Text = At("address", "state")
    cnpj: CompanyNumber = At("identification")
    site_status: Annotated[Text, Words("active deactive guest")] = At("status", "site_status")
    level_id: Annotated[
        Text, Words("1_red 2_orange 3_yellow 4_light_green 5_green newbie")
    ] = At("seller_reputation", "level_id")  # fmt: skip
    power_seller_status: Annotated[Text, Words("silver gold platinum")] = At(
        "seller_reputation", "power_seller_status"
    )
    real_level: Text = At("seller_reputation", "real_level")
    protection_end_date: Time = At("seller_reputation", "protection_end_date")
    transactions_total: Number = At("seller_reputation", "transactions", "total")
    transactions_completed: Number = At("seller_reputation", "transactions", "completed")
    transactions_canceled: Number = At("seller_reputation", "transactions", "canceled")
    ratings_positive: Money = At("seller_reputation", "transactions", "ratings", "positive")
    ratings_neutral: Money = At("seller_reputation", "transactions", "ratings", "neutral")
    ratings_negative: Money = At("seller_reputation", "transactions", "ratings", "negative")
    metrics_period: Text = At("seller_reputation", "metrics", "sales", "period")
    sales_completed: Number = At("seller_reputation", "metrics", "sales", "completed")
    claims_rate: Money = At("seller_reputation", "metrics", "claims", "rate")
    claims_value: Number = At("seller_reputation", "metrics", "claims", "value")
    cancellations_rate: Money = At("seller_reputation", "metrics", "cancellations", "rate")
    cancellations_value: Number = At("seller_reputation", "metrics", "cancellations", "value")
    delayed_handling_rate: Money = At(
        "seller_reputation", "metrics", "delayed_handling_time", "rate"
    )
    delayed_handling_value: Number = At(
        "seller_reputation", "metrics", "delayed_handling_time", "value"
    )
    is_own: bool = False
    is_partial: bool = False


class Category(Table):
    """One row per category of the site's tree."""

    table = "categories"
    replaces = ("id",)
    left_out = (
        "picture permalink attribute_types attributable settings meta_categ_id"
        " date_created"
    )  # fmt: skip

    id: str
    name: Text = None
    path_from_root: Json = None
    children_categories: Ids = None
    total_items_in_this_category: Number = None
    catalog_domain: Text = At("settings", "catalog_domain")
    listing_allowed: bool | None = At("settings", "listing_allowed")
    status: Annotated[Text, Words("enabled disabled")] = At("settings", "status")


class Item(Table):
    """One row per own listing, as it is now. Stock is exact."""

    table = "items"
    replaces = ("id",)
    left_out = (
        "subtitle variations sale_terms descriptions accepts_mercadopago seller_address location"
        " geolocation coverage_areas video_id video_ids secure_thumbnail thumbnail thumbnail_id"
        " non_mercado_pago_payment_methods international_delivery_mode listing_source"
        " parent_item_id parent_id differential_pricing deal_ids automatic_relist item_relations"
        " seller seller_contact stop_time end_time expiration_time bundle item_shipping shipping"
        " available_markets prices user_logistic_type net_price listing_strategy"
        " short_description warnings stock_locations historical_start_time total_listing_fee"
        " description"
    )

    id: str
    site_id: Text = None
    title: Text = None
    family_name: Text = None
    family_id: Text = None
    user_product_id: Text = None
    seller_id: int
    category_id: Text = None
    domain_id: Text = None
    official_store_id: Number = None
    price: Money = None
    base_price: Money = None
    original_price: Money = None
    currency_id: Text = None
    initial_quantity: Number = None
    available_quantity: Number = None
    sold_quantity: Number = None
    buying_mode: Annotated[Text, Words("buy_it_now auction classified")] = None
    listing_type_id: Annotated[
        Text, Words("gold_special gold_pro gold_premium gold silver bronze free")
    ] = None
    condition: Annotated[Text, Words("new used not_specified refurbished")] = None
    permalink: Text = None
    pictures: Ids = None
    seller_custom_field: Text = None
    seller_sku: SellerSku = At("attributes")
    attributes: Json = None
    shipping_mode: Annotated[Text, Words("me1 me2 custom not_specified")] = At("shipping", "mode")
    logistic_type: Annotated[
        Text,
        Words(
            "cross_docking fulfillment xd_drop_off drop_off self_service turbo default"
            " custom not_specified"
        ),
    ] = At("shipping", "logistic_type")
    free_shipping: bool | None = At("shipping", "free_shipping")
    store_pick_up: bool | None = At("shipping", "store_pick_up")
    shipping_tags: Json = At("shipping", "tags")
    status: Annotated[
        Text, Words("active paused closed under_review inactive payment_required not_yet_active")
    ] = None
    sub_status: Json = None
    tags: Json = None
    warranty: Text = None
    catalog_product_id: Text = None
    catalog_listing: bool | None = None
    inventory_id: Text = None
    channels: Json = None
    health: Money = None
    start_time: Time = None
    date_created: Time = None
    last_updated: Time = None


class ItemVariation(Table):
    """One row per variation of an own listing of the old model."""

    table = "item_variations"
    replaces = ("item_id",)
    part_of = "items"
    left_out = "sale_terms attributes"

    item_id: str
    id: int
    price: Money = None
    available_quantity: Number = None
    sold_quantity: Number = None
    attribute_combinations: Json = None
    picture_ids: Json = None
    seller_custom_field: Text = None
    seller_sku: SellerSku = At("attributes")
    user_product_id: Text = None
    inventory_id: Text = None
    catalog_product_id: Text = None


class StockObservation(Observation):
    """One row per own listing (or variation of it) and observation: units for sale, exactly."""

    table = "stock_observations"
    replaces = ("item_id", "variation_id", "observed_at")

    item_id: str
    variation_id: int  # 0 where a listing has no variations
    user_product_id: Text = None
    available_quantity: Number = None
    status: Text = None


class PriceObservation(Observation):
    """One row per price of an own listing and observation; its contexts say whom it is for."""

    table = "price_observations"
    replaces = ("item_id", "observed_at")
    left_out = "conditions metadata exchange_rate_context"

    item_id: str
    id: str
    type: Annotated[Text, Words("standard promotion")] = None
    amount: Money = None
    regular_amount: Money = None
    currency_id: Text = None
    last_updated: Time = None
    contexts: Contexts = At("conditions", "context_restrictions", default="")
    min_purchase_unit: Number = At("conditions", "min_purchase_unit")
    start_time: Time = At("conditions", "start_time")
    end_time: Time = At("conditions", "end_time")
    amount_tax_inclusion_type: Text = None


class SalePriceObservation(Observation):
    """One row per own listing, context and observation: what such a buyer pays for one."""

    table = "sale_price_observations"
    replaces = ("item_id", "context", "observed_at")
    left_out = (
        "metadata conditions type last_updated bundle taxes amount_tax_inclusion_type"
        " amount_with_taxes"
    )

    item_id: str
    context: str
    price_id: Text = None
    amount: Money
    regular_amount: Money = None
    currency_id: Text = None
    reference_date: Time = None
    promotion_id: Text = At("metadata", "promotion_id")
    promotion_type: Text = At("metadata", "promotion_type")


class PriceToWinObservation(Observation):
    """One row per own catalogue listing and observation: how it stands in the competition."""

    table = "price_to_win_observations"
    replaces = ("item_id", "observed_at")
    left_out = "winner consistent"

    item_id: str
    status: Annotated[Text, Words("winning competing sharing_first_place listed")] = None
    current_price: Money = None
    price_to_win: Money = None
    currency_id: Text = None
    visit_share: Annotated[Text, Words("maximum medium minimum")] = None
    competitors_sharing_first_place: Number = None
    reason: Json = None
    boosts: Json = None
    catalog_product_id: Text = None
    winner_item_id: Text = At("winner", "item_id")
    winner_price: Money = At("winner", "price")


class UserProduct(Table):
    """One row per user product: the physical thing behind own listings."""

    table = "user_products"
    replaces = ("id",)
    left_out = "capabilities pictures thumbnail"

    id: str
    name: Text = None
    user_id: int
    family_id: Text = None
    domain_id: Text = None
    catalog_product_id: Text = None
    seller_sku: SellerSku = At("attributes")
    attributes: Json = None
    tags: Json = None
    date_created: Time = None
    last_updated: Time = None


class UserProductStock(Observation):
    """One row per user product, place and observation: units there, exactly."""

    table = "user_product_stock_observations"
    replaces = ("user_product_id", "observed_at")

    user_product_id: str
    position: int  # of the place in the answer, from 1
    user_id: int
    type: Annotated[Text, Words("selling_address seller_warehouse meli_facility")] = None
    store_id: Text = None
    network_node_id: Text = None
    quantity: Number = None
    version: Text = None


class Order(Table):
    """One row per order of an own account; a basket is several orders with one pack_id."""

    table = "orders"
    replaces = ("id",)
    left_out = (
        "comments expiration_date hidden_for_seller order_items payments shipping buyer seller"
        " feedback coupon context manufacturing_ending_date order_request application_id"
        " pickup_id static_tags total_amount_with_shipping pack status_detail taxes cancel_detail"
        " mediations"
    )

    id: int
    seller_id: int = Field(validation_alias=AliasPath("seller", "id"))
    buyer_hash: Hashed = At("buyer", "id")
    pack_id: Number = None
    shipping_id: Number = At("shipping", "id")
    status: Annotated[
        Text,
        Words(
            "confirmed payment_required payment_in_process partially_paid paid partially_refunded"
            " pending_cancel cancelled"
        ),
    ] = None
    status_detail: Code = None
    date_created: Time = None
    date_closed: Time = None
    date_last_updated: Time = _either("date_last_updated", "last_updated")
    total_amount: Money = None
    paid_amount: Money = None
    shipping_cost: Money = None
    coupon_amount: Money = At("coupon", "amount")
    taxes_amount: Money = At("taxes", "amount")
    currency_id: Text = None
    fulfilled: bool | None = None
    buying_mode: Text = None
    channel: Text = At("context", "channel")
    flows: Json = At("context", "flows")
    tags: Json = None
    mediations: Ids = None
    cancel_group: Text = At("cancel_detail", "group")
    cancel_code: Text = At("cancel_detail", "code")
    cancel_requested_by: Text = At("cancel_detail", "requested_by")
    cancel_date: Time = At("cancel_detail", "date")


class OrderItem(Table):
    """One row per line of an order. ``sale_fee`` is of one unit."""

    table = "order_items"
    replaces = ("order_id",)
    part_of = "orders"
    left_out = (
        "item manufacturing_days picked_quantity base_exchange_rate base_currency_id"
        " discounts bundle kit_instance_id compat_id gross_price unit_gross_price unit_measure"
    )

    order_id: int
    position: int  # from 1
    item_id: str = Field(validation_alias=AliasPath("item", "id"))
    title: Text = At("item", "title")
    category_id: Text = At("item", "category_id")
    variation_id: Text = At("item", "variation_id")
    user_product_id: Text = At("item", "user_product_id")
    seller_sku: Text = At("item", "seller_sku")
    seller_custom_field: Text = At("item", "seller_custom_field")
    condition: Text = At("item", "condition")
    variation_attributes: Json = At("item", "variation_attributes")
    quantity: int
    requested_quantity: Number = At("requested_quantity", "value")
    unit_price: Money
    full_unit_price: Money = None
    sale_fee: Money = None
    currency_id: Text = None
    listing_type_id: Text = None
    element_id: Number = None
    stock: Json = None


class OrderPayment(Table):
    """One row per payment of an order, without what would tell who paid."""

    table = "order_payments"
    replaces = ("order_id",)
    part_of = "orders"
    left_out = (
        "payer_id collector card_id reason issuer_id atm_transfer_reference activation_uri"
        " available_actions status_code transaction_order_id reference_id authorization_code"
        " deferred_period coupon_id installment_amount"
    )

    order_id: int
    id: int
    status: Annotated[
        Text,
        Words(
            "approved in_process pending rejected cancelled refunded charged_back in_mediation"
            " authorized"
        ),
    ] = None
    status_detail: Text = None
    payment_method_id: Text = None
    payment_type: Text = None
    operation_type: Text = None
    installments: Number = None
    currency_id: Text = None
    transaction_amount: Money = None
    transaction_amount_refunded: Money = None
    total_paid_amount: Money = None
    shipping_cost: Money = None
    taxes_amount: Money = None
    coupon_amount: Money = None
    overpaid_amount: Money = None
    marketplace_fee: Money = None
    site_id: Text = None
    date_created: Time = None
    date_approved: Time = None
    date_last_modified: Time = None


def _place(*path: str) -> Any:
    """Of the new format, or of the old one."""
    return Field(
        default=None,
        validation_alias=AliasChoices(
            AliasPath("destination", "shipping_address", *path),
            AliasPath("receiver_address", *path),
        ),
    )


class Shipment(Table):
    """One row per shipment: where it goes, to the city and five digits of the postal code."""

    table = "shipments"
    replaces = ("id",)
    left_out = (
        "external_reference items_types origin destination logistic lead_time source comments"
        " receiver_id receiver_address sender_address return_tracking_number carrier_info"
        " service_id application_id substatus_history return_details tracking_method"
        " tracking_number snapshot_packing shipping_option priority_class quotation dimensions"
        " customer_id tracking_url market_place created_by sibling shipping_items sender_name"
        " status_history market_place_id date_first_printed delay cost_components type"
    )

    id: int
    sender_id: int | None = Field(
        default=None,
        validation_alias=AliasChoices(AliasPath("origin", "sender_id"), "sender_id"),
    )
    order_id: Number = None
    receiver_hash: Hashed = Field(
        default=None,
        validation_alias=AliasChoices(AliasPath("destination", "receiver_id"), "receiver_id"),
    )
    status: Annotated[
        Text,
        Words(
            "to_be_agreed pending handling ready_to_ship shipped delivered not_delivered cancelled"
            " not_verified closed error active not_specified stale_ready_to_ship stale_shipped"
        ),
    ] = None
    substatus: Text = None
    date_created: Time = None
    last_updated: Time = None
    declared_value: Money = _either("declared_value", "order_cost")
    base_cost: Money = None
    mode: Text = Field(
        default=None, validation_alias=AliasChoices(AliasPath("logistic", "mode"), "mode")
    )
    logistic_type: Text = Field(
        default=None, validation_alias=AliasChoices(AliasPath("logistic", "type"), "logistic_type")
    )
    direction: Text = At("logistic", "direction")
    country_id: Text = _place("country", "id")
    state_id: Text = _place("state", "id")
    state_name: Text = _place("state", "name")
    city_id: Text = _place("city", "id")
    city_name: Text = _place("city", "name")
    postal_code_prefix: PostalPrefix = _place("zip_code")
    lead_time_cost: Money = At("lead_time", "cost")
    lead_time_list_cost: Money = At("lead_time", "list_cost")
    lead_time_cost_type: Text = At("lead_time", "cost_type")
    shipping_method_id: Number = At("lead_time", "shipping_method", "id")
    estimated_delivery_time: Time = At("lead_time", "estimated_delivery_time", "date")
    estimated_delivery_limit: Time = At("lead_time", "estimated_delivery_limit", "date")
    site_id: Text = Field(
        default=None, validation_alias=AliasChoices(AliasPath("source", "site_id"), "site_id")
    )
    tags: Json = None


class ShipmentCost(Table):
    """One row per sender of a shipment: what the seller and the buyer pay for it."""

    table = "shipment_costs"
    replaces = ("shipment_id",)
    left_out = "discounts charges user_id compensations"

    shipment_id: int
    position: int  # of the sender, from 1
    sender_id: Number = Field(default=None, validation_alias="user_id")
    cost: Money = None
    compensation: Money = None
    save: Money = None
    gross_amount: Money = None
    receiver_cost: Money = None
    receiver_save: Money = None


class Product(Table):
    """One row per catalogue product that is watched."""

    table = "products"
    replaces = ("id",)
    left_out = (
        "permalink buy_box_winner buy_box_winner_price_range short_description main_features"
        " pickers catalog_product_id variations buying_mode channels description keywords"
        " buy_box_activation_date authority_types pdp_types priority disclaimers"
        " enhanced_content presale_info grouper_id"
    )

    id: str
    site_id: Text = None
    status: Annotated[Text, Words("active inactive under_review")] = None
    domain_id: Text = None
    name: Text = None
    family_name: Text = None
    parent_id: Text = None
    children_ids: Json = None
    type: Text = None
    quality_type: Text = None
    listing_strategy: Text = At("settings", "listing_strategy")
    sold_quantity: Number = None
    attributes: Json = None
    pictures: Ids = None
    date_created: Time = None
    last_updated: Time = None


class ProductObservation(Observation):
    """One row per watched product, source and observation: how many sell it, as far as that tells.

    ``source`` is offers, or product: then it is the winner alone. Nobody sells it where a complete
    observation has no offer.
    """

    table = "product_observations"
    replaces = ("product_id", "source", "observed_at")

    product_id: str
    source: str
    offer_count: int  # as reported
    is_complete: bool  # whether these are all, and all of them were fetched


class OfferObservation(Observation):
    """One row per offer of a watched product, source and observation.

    Stock is a band's lower bound. ``source`` is offers, or product for the winner it names.
    """

    table = "offer_observations"
    replaces = ("product_id", "source", "observed_at")
    left_out = (
        "accepts_mercadopago international_delivery_mode deal_ids sale_terms shipping"
        " seller_address seller item_override_attributes product_id pictures"
    )

    product_id: str
    item_id: str
    position: int  # in the answer's order, from 1
    is_winner: bool
    source: str
    seller_id: int
    price: Money
    original_price: Money = None
    currency_id: Text = None
    category_id: Text = None
    available_quantity: Number = None
    sold_quantity: Number = None
    condition: Text = None
    listing_type_id: Text = None
    official_store_id: Number = None
    warranty: Text = None
    tier: Text = None
    inventory_id: Text = None
    tags: Json = None
    site_id: Text = None
    free_shipping: bool | None = At("shipping", "free_shipping")
    logistic_type: Text = At("shipping", "logistic_type")
    shipping_mode: Text = At("shipping", "mode")
    state_id: Text = At("seller_address", "state", "id")
    state_name: Text = At("seller_address", "state", "name")
    city_id: Text = At("seller_address", "city", "id")
    city_name: Text = At("seller_address", "city", "name")


class Visit(Table):
    """One row per own listing and day: how often it was looked at."""

    table = "item_visits"
    replaces = ("item_id", "date")
    left_out = "visits_detail"

    item_id: str
    date: dt.datetime
    total: Number = None


class MissedFeed(Table):
    """One row per notification that was not delivered: a hint, the cursors are the truth."""

    table = "missed_feeds"
    replaces = ("id",)
    left_out = "request response"

    id: str = Field(validation_alias=AliasChoices("_id", "id"))
    resource: Text = None
    user_id: Number = None
    topic: Text = None
    application_id: Text = None
    attempts: Number = None
    sent: Time = None
    received: Time = None


class LastAnswer(Table):
    """One row per thing and resource: when it was last answered, even if there was nothing."""

    table = "answers"
    replaces = ("resource", "thing_id")

    resource: str
    thing_id: str


class Cursor(Table):
    """One row per account and resource: until when its changes have been read."""

    table = "cursors"
    replaces = ("account_id", "resource")

    account_id: int
    resource: str
    until: dt.datetime


TABLES: tuple[type[Table], ...] = (
    User, Category, Item, ItemVariation, StockObservation, PriceObservation,
    SalePriceObservation, PriceToWinObservation, UserProduct, UserProductStock, Order, OrderItem,
    OrderPayment, Shipment, ShipmentCost, Product, ProductObservation, OfferObservation, Visit,
    MissedFeed, LastAnswer, Cursor,
)  # fmt: skip


class Drift:
    """Fields and words that the tables do not know, by name and how often they were seen."""

    def __init__(self) -> None:
        self.fields: Counter[str] = Counter()
        self.words: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self.fields or self.words)

    def observe(self, table: type[Table], payload: Any, row: Table) -> None:
        """Count what is new in ``payload``, out of which ``row`` was made."""
        for name in payload.keys() - _known(table):
            self.fields[f"{table.table}.{name}"] += 1
        for name, words in _vocabularies(table).items():
            value = getattr(row, name)
            if value is not None and value not in words:
                self.words[f"{table.table}.{name}={value}"] += 1


class Reader:
    """Makes rows out of payloads. ``pseudonym`` hides who a buyer is; see ``warehouse.secrets``."""

    def __init__(self, pseudonym: Callable[[object], str]):
        self.drift = Drift()
        self._context = {"pseudonym": pseudonym}

    def row(self, table: type[Table], payload: Any, **more: Any) -> dict[str, Any]:
        """A row of ``table``: columns ``more`` are given, the others come out of ``payload``.

        Raises ValidationError (pydantic) when the payload does not fit.
        """
        if not isinstance(payload, dict):
            table.model_validate(payload)  # raises
        row = table.model_validate(payload | more, context=self._context)
        self.drift.observe(table, payload, row)
        return row.model_dump()

    def kept(self, table: type[Table], payload: Any) -> str:
        """What a dead letter may show of a payload: the fields kept, or its kind and size."""
        if not isinstance(payload, dict):
            return f"{type(payload).__name__} of {len(str(payload))} characters"
        hashed = {"buyer", "receiver_id", "destination", "receiver_address", "origin"}
        plain = {
            name: value
            for name, value in payload.items()
            if name in _plain_names(table) - hashed and not isinstance(value, dict | list)
        }
        return str(plain)


def columns(table: type[Table]) -> dict[str, dict[str, Any]]:
    """The columns of a table, as dlt's hints: data type, nullability, precision."""
    return {
        name: {"name": name, "nullable": not field.is_required(), **_data_type(field)}
        for name, field in table.model_fields.items()
    }


_DATA_TYPES: dict[Any, dict[str, Any]] = {
    bool: {"data_type": "bool"},
    int: {"data_type": "bigint"},
    str: {"data_type": "text"},
    Decimal: {"data_type": "decimal", "precision": 18, "scale": 4},
    dt.datetime: {"data_type": "timestamp"},
    list: {"data_type": "json"},
    dict: {"data_type": "json"},
}


def _data_type(field: FieldInfo) -> dict[str, Any]:
    kinds = {get_origin(kind) or kind for kind in _alternatives(field.annotation)}
    return next(hint for kind, hint in _DATA_TYPES.items() if kind in kinds)


def _alternatives(annotation: Any) -> Iterable[Any]:
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if isinstance(annotation, types.UnionType):
        return [one for part in get_args(annotation) for one in _alternatives(part)]
    return [annotation]


def _names(field: FieldInfo, name: str) -> set[str]:
    """The names at the top of a payload that a field reads."""
    alias = field.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
    return {str(c.path[0]) if isinstance(c, AliasPath) else c for c in choices}


_KNOWN: dict[type[Table], frozenset[str]] = {}
_VOCABULARIES: dict[type[Table], dict[str, frozenset[str]]] = {}


def _known(table: type[Table]) -> frozenset[str]:
    if table not in _KNOWN:
        read = (_names(field, name) for name, field in table.model_fields.items())
        _KNOWN[table] = frozenset(table.left_out.split()).union(*read)
    return _KNOWN[table]


def _plain_names(table: type[Table]) -> set[str]:
    return set().union(*(_names(field, name) for name, field in table.model_fields.items()))


def _vocabularies(table: type[Table]) -> dict[str, frozenset[str]]:
    if table not in _VOCABULARIES:
        _VOCABULARIES[table] = {
            name: mark.known
            for name, field in table.model_fields.items()
            for mark in field.metadata
            if isinstance(mark, Words)
        }
    return _VOCABULARIES[table]
