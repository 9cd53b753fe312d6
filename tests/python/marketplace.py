"""The simulated marketplace with a warehouse to load it into, and what that should hold then.

What is expected is written down here field by field, out of what the API shows: nothing of it comes
from the tables' own definitions.
"""

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa

from ingestion.mercadolivre.load import Loader
from ingestion.mercadolivre.oauth import Accounts
from ingestion.mercadolivre.settings import Settings
from simulators.mercadolivre import Faults, Server, World, resources
from simulators.mercadolivre.api import Answer
from simulators.mercadolivre.server import Request
from warehouse import Warehouse, open_warehouse
from warehouse.dead_letters import letters
from warehouse.ledger import entries
from warehouse.secrets import Vault

REDIRECT = "https://app.example/back"
KEY = "A" * 43 + "="
CALM = Faults(partial_user=0, late_order=0)
PLENTY = 10**7  # requests an hour
ALWAYS = {
    "users_max_age_days": 0,
    "prices_max_age_hours": 0,
    "items_sweep_days": 0,
    "visits_max_age_days": 0,
    "categories_max_age_days": 0,
    "categories": "all",
}
CURRENT = (
    "items", "item_variations", "orders", "order_items", "order_payments", "shipments",
    "shipment_costs", "user_products",
)  # fmt: skip
# What a 206 leaves out
REPUTATION = {
    "is_partial", "level_id", "power_seller_status", "transactions_total", "transactions_completed",
    "transactions_canceled", "ratings_positive", "ratings_neutral", "ratings_negative",
    "metrics_period", "sales_completed", "claims_rate", "claims_value", "cancellations_rate",
    "cancellations_value", "delayed_handling_rate", "delayed_handling_value",
}  # fmt: skip
KEYS = {
    "users": ("id",),
    "categories": ("id",),
    "items": ("id",),
    "item_variations": ("item_id", "id"),
    "stock_observations": ("item_id", "variation_id", "observed_at"),
    "price_observations": ("item_id", "id", "observed_at"),
    "sale_price_observations": ("item_id", "context", "observed_at"),
    "price_to_win_observations": ("item_id", "observed_at"),
    "user_products": ("id",),
    "user_product_stock_observations": ("user_product_id", "position", "observed_at"),
    "orders": ("id",),
    "order_items": ("order_id", "position"),
    "order_payments": ("order_id", "id"),
    "shipments": ("id",),
    "shipment_costs": ("shipment_id", "position"),
    "products": ("id",),
    "product_observations": ("product_id", "source", "observed_at"),
    "offer_observations": ("product_id", "source", "item_id", "observed_at"),
    "item_visits": ("item_id", "date"),
    "missed_feeds": ("id",),
    "cursors": ("account_id", "resource"),
}


class Market:
    """A server over a world, a warehouse, and the accounts signed in."""

    def __init__(
        self,
        world: World,
        server: Server,
        warehouse: Warehouse,
        state: Warehouse,
        folder,
        sign_in=True,
        **options,
    ):
        self.world, self.server, self.warehouse, self.state = world, server, warehouse, state
        self.vault = Vault([KEY])
        self.said: list[str] = []
        self.watch = folder / "watched.csv"
        self.watch.write_text("\n".join(["product_id", *world.products]))
        self.settings = self.make_settings(**options)
        accounts = Accounts(state, self.settings, self.vault)
        for user in world.accounts if sign_in else ():
            accounts.add(server.authorize(user, REDIRECT), "")

    def make_settings(self, **options) -> Settings:
        settings = Settings()
        given = {
            "client_id": self.server.client_id,
            "client_secret": "secret",
            "redirect_uri": REDIRECT,
            "api_url": self.server.url,
            "requests_per_hour": PLENTY,
            "timeout_seconds": 10.0,
            "watchlist": str(self.watch),
        } | options
        for name, value in given.items():
            settings[name] = value
        return settings

    def loader(self, **options) -> Loader:
        settings = self.make_settings(**options) if options else self.settings
        return Loader(
            self.warehouse, self.state, settings, self.vault, say=self.said.append, backoff=0.002
        )

    def load(self, **arguments):
        """One load as a command would do it."""
        self.said = []
        with self.loader() as loader:
            return loader.load(**arguments)

    def rows(self, table: str) -> list[dict]:
        return rows(self.warehouse, table)

    def asked(self, since: int = 0, *parts: str) -> list[str]:
        """Paths of the GETs since a number of the log that hold all of the parts."""
        paths = [r.path for r in self.server.requests[since:] if r.method == "GET"]
        return [path for path in paths if all(part in path for part in parts)]

    def intercept(self, answer) -> None:
        """Let ``answer(path, query)`` answer in the server's place, unless it gives None."""
        respond = self.server.respond

        def respond_or_not(method, path, headers, body):
            parts = urlsplit(path)
            given = answer(parts.path, dict(parse_qsl(parts.query))) if method == "GET" else None
            if given is None:
                return respond(method, path, headers, body)
            status, content = given
            self.server.requests.append(Request(method, path, status, self.server.client_id))
            return Answer(content, status), None

        self.server.respond = respond_or_not

    def heal(self) -> None:
        """Let the server answer by itself again, without faults."""
        self.server.__dict__.pop("respond", None)
        self.server.faults = self.server._api.faults = CALM

    def refreshes(self) -> int:
        """How many refresh tokens were used, or tried."""
        return sum(r.path == "/oauth/token" for r in self.server.requests)


def rows(warehouse: Warehouse, table: str) -> list[dict]:
    """The rows of a table but for dlt's columns; JSON as objects, times in UTC."""
    with warehouse.begin() as connection:
        kinds = dict(
            connection.execute(
                sa.text(
                    "select column_name, data_type from information_schema.columns"
                    " where table_schema = 'raw_mercadolivre' and table_name = :table"
                ),
                {"table": table},
            ).all()
        )
        found = connection.execute(sa.text(f"select * from raw_mercadolivre.{table}")).mappings()
        return [
            {
                name: _plain(value, kinds[name])
                for name, value in row.items()
                if not name.startswith("_dlt")
            }
            for row in found
        ]


def _plain(value, kind: str):
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return json.loads(value) if kind.lower() == "json" and isinstance(value, str) else value


def keyed(table: str, found: list[dict]) -> dict[tuple, dict]:
    """Rows by their key, which no two of them may share."""
    keys = Counter(tuple(row[column] for column in KEYS[table]) for row in found)
    twice = [key for key, count in keys.items() if count > 1]
    assert not twice, f"{table}: {len(twice)} keys stand there twice, as {twice[0]}"
    return {tuple(row[column] for column in KEYS[table]): row for row in found}


def contents(warehouse: Warehouse, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """All tables, comparable."""
    return {
        table: sorted(
            json.dumps({k: v for k, v in row.items() if k not in without}, default=str)
            for row in keyed(table, rows(warehouse, table)).values()
        )
        for table in KEYS
    }


def assert_balanced(warehouse: Warehouse) -> None:
    """Every entry balances, and what it calls dead has its letters."""
    dead: Counter[tuple] = Counter()
    for entry in entries(warehouse, "mercadolivre"):
        assert entry["source_rows"] == (
            entry["loaded_rows"]
            + entry["deduplicated_rows"]
            + entry["dead_lettered_rows"]
            + entry["truncated_rows"]
        ), entry
        assert min(entry["loaded_rows"], entry["dead_lettered_rows"]) >= 0, entry
        assert bool(entry["truncated_rows"]) <= bool(entry["truncated_reason"]), entry
        dead[entry["load_id"], entry["resource"]] += entry["dead_lettered_rows"]
    written: Counter[tuple] = Counter()
    for letter in letters(warehouse, status=None, source="mercadolivre"):
        written[letter["load_id"], letter["resource"]] += letter["occurrences"]
    newest = max((load_id for load_id, _ in dead), default="")
    for key in dead.keys() | written.keys():
        if key[0] == newest:  # letters of older loads may have moved to a newer one
            assert dead[key] == written[key], (key, dead[key], written[key])


def money(value) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def share(value) -> Decimal:
    """Of rates four places are kept."""
    return round(Decimal(value), 4)


def instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def text(value) -> str | None:
    return None if value is None else str(value)


def pick(shown: dict, /, *names: str, **more) -> dict:
    return {name: shown.get(name) for name in names} | more


def sku(attributes: list[dict]) -> str | None:
    for attribute in attributes or ():
        if attribute["id"] == "SELLER_SKU":
            return attribute.get("value_name") or attribute["values"][0]["name"]
    return None


class Expected:
    """What the tables must hold after loads that read everything anew, each noted when it ran."""

    def __init__(self, world: World, vault: Vault):
        self.world, self.vault = world, vault
        self.tables: dict[str, dict[tuple, dict]] = defaultdict(dict)
        self.seen_items: set[str] = set()
        self.seen_sellers: set[int] = set()
        self.visited: set[str] = set()
        self.last_now: dt.datetime | None = None

    def put(self, table: str, row: dict) -> None:
        self.tables[table][tuple(row[column] for column in KEYS[table])] = row

    def note(self) -> None:
        """A load ran now."""
        world, truth, now = self.world, self.world.truth, self.world.now.astimezone(dt.UTC)
        for name in ("item_variations", "order_items", "order_payments", "shipment_costs"):
            self.tables[name] = {}
        own = [i for i in world.items.values() if i.seller_id in world.accounts]
        for item in own:
            self._item(truth["items"][item.id], now)
            if item.status != "closed":
                self._of_item(item, truth, now)
            if item.status != "closed" or self._has_changed(item):  # visits until it closed
                self._visits(item, now)
        for thing in world.user_products.values():
            if thing.seller_id in world.accounts:
                self._thing(thing, truth["user_products"][thing.id], now)
        for order in truth["orders"].values():
            self._order(order, now)
        for shipment in world.shipments.values():
            self._shipment(truth["shipments"][shipment.id], shipment)
        for id, product in truth["products"].items():
            self._product(product, truth["offers"][id], now)
        for id in self.seen_sellers | set(world.accounts):
            self._user(truth["users"][id], id in world.accounts)
        for category in truth["categories"].values():
            self._category(category)
        self.seen_items.update(i.id for i in own if i.status != "closed")
        self.last_now = now

    def _item(self, item: dict, now: dt.datetime) -> None:
        shipping = item["shipping"]
        row = pick(
            item, "id", "site_id", "title", "family_name", "user_product_id", "seller_id",
            "category_id", "domain_id", "official_store_id", "currency_id", "initial_quantity",
            "available_quantity", "sold_quantity", "buying_mode", "listing_type_id", "condition",
            "permalink", "seller_custom_field", "attributes", "status", "sub_status", "tags",
            "warranty", "catalog_product_id", "catalog_listing", "inventory_id", "channels",
            "health",
            family_id=text(item["family_id"]),
            price=money(item["price"]),
            base_price=money(item["base_price"]),
            original_price=money(item["original_price"]),
            pictures=[picture["id"] for picture in item["pictures"]],
            seller_sku=sku(item["attributes"]),
            shipping_mode=shipping["mode"],
            logistic_type=shipping["logistic_type"],
            free_shipping=shipping["free_shipping"],
            store_pick_up=shipping["store_pick_up"],
            shipping_tags=shipping["tags"],
            date_created=instant(item["date_created"]),
            last_updated=instant(item["last_updated"]),
        )  # fmt: skip
        self.put("items", row)
        stocks = [(0, item["user_product_id"], item["available_quantity"])]
        for variation in item["variations"]:
            names = (
                "id", "available_quantity", "sold_quantity", "attribute_combinations",
                "picture_ids", "seller_custom_field", "user_product_id", "inventory_id",
            )  # fmt: skip
            shown = pick(
                variation,
                *names,
                item_id=item["id"],
                price=money(variation["price"]),
                seller_sku=sku(variation["attributes"]),
            )
            self.put("item_variations", shown)
        if item["variations"]:
            names = ("id", "user_product_id", "available_quantity")
            stocks = [tuple(v[name] for name in names) for v in item["variations"]]
        for variation_id, thing, units in stocks:
            row = {
                "item_id": item["id"],
                "variation_id": variation_id,
                "user_product_id": thing,
                "available_quantity": units,
                "status": item["status"],
                "observed_at": now,
            }
            self.put("stock_observations", row)

    def _of_item(self, item, truth: dict, now: dt.datetime) -> None:
        key = {"item_id": item.id, "observed_at": now}
        is_new = item.id not in self.seen_items
        if item.status == "active" or is_new or self._has_changed(item):
            for price in truth["prices"][item.id]["prices"]:
                conditions = price["conditions"]
                row = pick(
                    price, "id", "type", "currency_id", "amount_tax_inclusion_type",
                    amount=money(price["amount"]),
                    regular_amount=money(price["regular_amount"]),
                    last_updated=instant(price["last_updated"]),
                    contexts=",".join(sorted(conditions["context_restrictions"])),
                    min_purchase_unit=conditions.get("min_purchase_unit"),
                )  # fmt: skip
                self.put("price_observations", row | key)
            context = "channel_marketplace"
            sale = resources.sale_price(item, [context], True, self.world.now)
            row = pick(
                sale, "price_id", "currency_id",
                context=context,
                amount=money(sale["amount"]),
                regular_amount=money(sale["regular_amount"]),
                reference_date=instant(sale["reference_date"]),
                promotion_id=sale["metadata"].get("promotion_id"),
                promotion_type=sale["metadata"].get("promotion_type"),
            )  # fmt: skip
            self.put("sale_price_observations", row | key)
            if item.product_id:
                won = resources.price_to_win(self.world, item)
                winner = won["winner"] or {}
                row = pick(
                    won, "status", "currency_id", "visit_share", "reason", "boosts",
                    "competitors_sharing_first_place", "catalog_product_id",
                    current_price=money(won["current_price"]),
                    price_to_win=money(won["price_to_win"]),
                    winner_item_id=winner.get("item_id"),
                    winner_price=money(winner.get("price")),
                )  # fmt: skip
                self.put("price_to_win_observations", row | key)

    def _has_changed(self, item) -> bool:
        return self.last_now is None or item.updated.astimezone(dt.UTC) >= self.last_now

    def _visits(self, item, now: dt.datetime) -> None:
        is_new = item.id not in self.visited
        self.visited.add(item.id)
        days = 150 if is_new else (now - self.last_now).days + 1
        for day in resources.visits(self.world, item, days)["results"]:
            row = {"item_id": item.id, "date": instant(day["date"]), "total": day["total"]}
            self.put("item_visits", row)

    def _thing(self, thing, shown: dict, now: dt.datetime) -> None:
        before = self.tables["user_products"].get((thing.id,))
        row = pick(
            shown, "id", "name", "user_id", "domain_id", "catalog_product_id", "attributes", "tags",
            family_id=text(shown["family_id"]),
            seller_sku=sku(shown["attributes"]),
            date_created=instant(shown["date_created"]),
            last_updated=instant(shown["last_updated"]),
        )  # fmt: skip
        self.put("user_products", row)
        if before and row["last_updated"] < self.last_now:
            return  # nothing has changed: nobody looks
        places = resources.stock(self.world, thing)["locations"]
        for position, place in enumerate(places, start=1):
            names = ("type", "store_id", "network_node_id", "quantity")
            more = {"user_product_id": thing.id, "position": position, "observed_at": now}
            more |= {"user_id": thing.seller_id, "version": str(thing.version)}
            self.put("user_product_stock_observations", pick(place, *names, **more))

    def _order(self, order: dict, now: dt.datetime) -> None:
        cancelled = order["cancel_detail"] or {}
        row = pick(
            order, "id", "pack_id", "status", "status_detail", "currency_id", "fulfilled",
            "buying_mode", "tags",
            seller_id=order["seller"]["id"],
            buyer_hash=self.vault.pseudonym(order["buyer"]["id"]),
            shipping_id=order["shipping"]["id"],
            date_created=instant(order["date_created"]),
            date_closed=instant(order["date_closed"]),
            # the search knows of an update a little later
            date_last_updated=_milliseconds(self.world.orders[order["id"]].indexed),
            total_amount=money(order["total_amount"]),
            paid_amount=money(order["paid_amount"]),
            shipping_cost=money(order["shipping_cost"]),
            taxes_amount=money(order["taxes"]["amount"]),
            channel=order["context"]["channel"],
            flows=order["context"]["flows"],
            mediations=[mediation["id"] for mediation in order["mediations"]],
            cancel_group=cancelled.get("group"),
            cancel_code=cancelled.get("code"),
            cancel_requested_by=cancelled.get("requested_by"),
            cancel_date=instant(cancelled.get("date")),
        )  # fmt: skip
        self.put("orders", row)
        for position, line in enumerate(order["order_items"], start=1):
            thing = line["item"]
            names = (
                "title", "category_id", "user_product_id", "seller_sku", "seller_custom_field",
                "condition", "variation_attributes",
            )  # fmt: skip
            row = pick(thing, *names) | pick(
                line, "quantity", "currency_id", "listing_type_id", "element_id", "stock",
                order_id=order["id"],
                position=position,
                item_id=thing["id"],
                variation_id=text(thing["variation_id"]),
                requested_quantity=line["requested_quantity"]["value"],
                unit_price=money(line["unit_price"]),
                full_unit_price=money(line["full_unit_price"]),
                sale_fee=money(line["sale_fee"]),
            )  # fmt: skip
            self.put("order_items", row)
        for payment in order["payments"]:
            amounts = (
                "transaction_amount", "transaction_amount_refunded", "total_paid_amount",
                "shipping_cost", "marketplace_fee",
            )  # fmt: skip
            times = ("date_created", "date_approved", "date_last_modified")
            names = (
                "id", "status", "payment_method_id", "payment_type", "operation_type",
                "installments", "currency_id", "site_id",
            )  # fmt: skip
            row = pick(payment, *names, order_id=order["id"])
            row |= {name: money(payment[name]) for name in amounts}
            row |= {name: instant(payment[name]) for name in times}
            self.put("order_payments", row)

    def _shipment(self, shown: dict, shipment) -> None:
        address, lead = shown["destination"]["shipping_address"], shown["lead_time"]
        row = pick(
            shown, "id", "status", "substatus", "tags",
            sender_id=shown["origin"]["sender_id"],
            receiver_hash=self.vault.pseudonym(shown["destination"]["receiver_id"]),
            date_created=instant(shown["date_created"]),
            last_updated=instant(shown["last_updated"]),
            declared_value=money(shown["declared_value"]),
            mode=shown["logistic"]["mode"],
            logistic_type=shown["logistic"]["type"],
            direction=shown["logistic"]["direction"],
            country_id=address["country"]["id"],
            state_id=address["state"]["id"],
            state_name=address["state"]["name"],
            city_id=address["city"]["id"],
            city_name=address["city"]["name"],
            postal_code_prefix=address["zip_code"][:5],
            lead_time_cost=money(lead["cost"]),
            lead_time_list_cost=money(lead["list_cost"]),
            lead_time_cost_type=lead["cost_type"],
            shipping_method_id=lead["shipping_method"]["id"],
            estimated_delivery_time=instant(lead["estimated_delivery_time"]["date"]),
            estimated_delivery_limit=instant(lead["estimated_delivery_limit"]["date"]),
            site_id=shown["source"]["site_id"],
        )  # fmt: skip
        self.put("shipments", row)
        costs = resources.shipment_costs(self.world, shipment)
        for position, sender in enumerate(costs["senders"], start=1):
            row = {
                "shipment_id": shipment.id,
                "position": position,
                "sender_id": sender["user_id"],
                "cost": money(sender["cost"]),
                "compensation": money(sender["compensation"]),
                "save": money(sender["save"]),
                "gross_amount": money(costs["gross_amount"]),
                "receiver_cost": money(costs["receiver"]["cost"]),
                "receiver_save": money(costs["receiver"]["save"]),
            }
            self.put("shipment_costs", row)

    def _product(self, product: dict, offers: list[dict], now: dt.datetime) -> None:
        row = pick(
            product, "id", "site_id", "status", "domain_id", "name", "family_name", "parent_id",
            "children_ids", "type", "quality_type", "sold_quantity", "attributes",
            listing_strategy=product["settings"]["listing_strategy"],
            pictures=[picture["id"] for picture in product["pictures"]],
            date_created=instant(product["date_created"]),
            last_updated=instant(product["last_updated"]),
        )  # fmt: skip
        self.put("products", row)
        is_parent = bool(product["children_ids"])
        for source, shown in (("product", offers[:1]), ("offers", offers)):
            is_all = source == "offers" or not (shown or is_parent)
            if source == "offers" and is_parent:
                continue  # nobody sells it: it leads to what is sold
            observation = {
                "product_id": product["id"],
                "source": source,
                "observed_at": now,
                "offer_count": len(shown),
                "is_complete": is_all,
            }
            self.put("product_observations", observation)
            for position, offer in enumerate(shown, start=1):
                self._offer(offer, product["id"], source, position, now)

    def _offer(
        self, offer: dict, product_id: str, source: str, position: int, now: dt.datetime
    ) -> None:
        self.seen_sellers.add(offer["seller_id"])
        shipping, address = offer["shipping"], offer["seller_address"]
        row = pick(
            offer, "item_id", "site_id", "seller_id", "available_quantity", "sold_quantity",
            "category_id", "currency_id", "warranty", "condition", "listing_type_id", "tier",
            "inventory_id", "tags", "official_store_id",
            product_id=product_id,
            observed_at=now,
            position=position,
            is_winner=position == 1,
            source=source,
            price=money(offer["price"]),
            original_price=money(offer["original_price"]),
            free_shipping=shipping["free_shipping"],
            logistic_type=shipping["logistic_type"],
            shipping_mode=shipping["mode"],
            state_id=address["state"]["id"],
            state_name=address["state"]["name"],
            city_id=address["city"]["id"],
            city_name=address["city"]["name"],
        )  # fmt: skip
        self.put("offer_observations", row)

    def _user(self, user: dict, is_own: bool) -> None:
        reputation = user["seller_reputation"]
        metrics, deals = reputation["metrics"], reputation["transactions"]
        row = pick(
            user, "id", "nickname", "country_id", "site_id", "user_type", "points", "permalink",
            "tags",
            registration_date=instant(user["registration_date"]),
            city=user["address"]["city"],
            state_id=user["address"]["state"],
            cnpj=user["identification"]["number"] if is_own else None,
            site_status=user["status"]["site_status"],
            level_id=reputation["level_id"],
            power_seller_status=reputation["power_seller_status"],
            transactions_total=deals["total"],
            transactions_completed=deals["completed"],
            transactions_canceled=deals["canceled"],
            ratings_positive=share(deals["ratings"]["positive"]),
            ratings_neutral=share(deals["ratings"]["neutral"]),
            ratings_negative=share(deals["ratings"]["negative"]),
            metrics_period=metrics["sales"]["period"],
            sales_completed=metrics["sales"]["completed"],
            claims_rate=share(metrics["claims"]["rate"]),
            claims_value=metrics["claims"]["value"],
            cancellations_rate=share(metrics["cancellations"]["rate"]),
            cancellations_value=metrics["cancellations"]["value"],
            delayed_handling_rate=share(metrics["delayed_handling_time"]["rate"]),
            delayed_handling_value=metrics["delayed_handling_time"]["value"],
            is_own=is_own,
            is_partial=False,
        )  # fmt: skip
        self.put("users", row)

    def _category(self, category: dict) -> None:
        settings = category["settings"]
        row = pick(
            category, "id", "name", "total_items_in_this_category", "path_from_root",
            children_categories=[child["id"] for child in category["children_categories"]],
            catalog_domain=settings["catalog_domain"],
            listing_allowed=settings["listing_allowed"],
            status=settings["status"],
        )  # fmt: skip
        self.put("categories", row)


def _milliseconds(moment: dt.datetime) -> dt.datetime:
    return instant(moment.isoformat(timespec="milliseconds"))


def assert_equal(warehouse: Warehouse, expected: Expected, *tables: str) -> None:
    """The tables hold exactly what is expected, in every column; what is not said is null."""
    for table in tables or expected.tables:
        wanted, found = expected.tables[table], keyed(table, rows(warehouse, table))
        assert found.keys() - wanted.keys() == set(), (table, "too many")
        assert wanted.keys() - found.keys() == set(), (table, "missing")
        for key, row in found.items():
            is_partial = row.get("is_partial")  # answered 206, all the time
            for column, value in row.items():
                if column != "observed_at" and not (is_partial and column in REPUTATION):
                    truth = wanted[key].get(column)
                    assert value == truth, (table, key, column, value, truth)
            assert wanted[key].keys() <= row.keys(), (table, wanted[key].keys() - row.keys())


@contextmanager
def markets(folder: Path) -> Iterator[Callable[..., Market]]:
    """A function that starts a server over a world, and signs its accounts in."""
    with ExitStack() as stack:

        def make(world: World, target: str, faults: Faults = CALM, **options) -> Market:
            given = {
                name: options.pop(name) for name in ("capabilities", "clock") if name in options
            }
            server = Server(world, faults=faults, rate_per_hour=PLENTY, **given)
            stack.enter_context(server)
            state = open_warehouse("postgres")
            warehouse = state if target == "postgres" else open_warehouse("duckdb")
            return Market(world, server, warehouse, state, folder, **options)

        yield make


def small_world(seed: int, **options) -> World:
    sizes = {"sellers": 3, "items": 36, "products": 12, "orders_per_day": 20} | options
    return World(seed=seed, **sizes)


def days(world: World, count: int) -> World:
    """The world after so many days more."""
    for _ in range(count):
        world.tick()
    return world


def letters_of(market: Market, status: str | None = "open") -> dict[tuple[str, str], dict]:
    """Dead letters by resource and request."""
    return {
        (letter["resource"], letter["location"]): letter
        for letter in letters(market.warehouse, status=status, source="mercadolivre")
    }


def sums(market: Market, column: str = "truncated_rows") -> Counter[str]:
    """A column of the ledger of the last load, by resource."""
    found = entries(market.warehouse, "mercadolivre")
    counted: Counter[str] = Counter()
    for entry in found:
        if entry["load_id"] == found[-1]["load_id"]:
            counted[entry["resource"]] += entry[column]
    return counted
