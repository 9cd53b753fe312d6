"""What the app may ask, found out by asking: the same endpoint answers one app and not the next."""

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ingestion.mercadolivre.client import Answer, Client, Failed, Request, elements
from warehouse import Warehouse
from warehouse.tables import api_capability, now

SOURCE = "mercadolivre"
MAX_AGE = dt.timedelta(days=1)


class Capabilities:
    """The matrix of accounts and endpoints, kept in ``ops.api_capability``.

    ``warehouse`` is PostgreSQL, or None to remember nothing. What was never asked is allowed.
    """

    def __init__(self, warehouse: Warehouse | None = None, client_id: str = ""):
        self._warehouse = warehouse
        self._client_id = client_id
        self._rows: dict[tuple[int, str], dict] = {}
        if warehouse:
            with warehouse.begin() as connection:
                for row in connection.execute(self._select()).mappings():
                    self._rows[row["user_id"], row["endpoint"]] = dict(row)

    def allows(self, account: int, endpoint: str) -> bool:
        row = self._rows.get((account, endpoint))
        return row is None or row["is_allowed"]

    def reason(self, account: int, endpoints: tuple[str, ...]) -> str | None:
        """Why one of the endpoints is closed to the account; None when none is."""
        for endpoint in endpoints:
            if not self.allows(account, endpoint):
                row = self._rows[account, endpoint]
                return f"{endpoint}: {row['http_status']} {row['error_code']}".strip()
        return None

    def is_stale(self, account: int) -> bool:
        """Whether the account's endpoints were last asked more than a day ago."""
        checked = [row["checked_at"] for (user, _), row in self._rows.items() if user == account]
        return not checked or min(checked) < now() - MAX_AGE

    def forget(self, account: int) -> None:
        """Before a probe: what it does not reach counts as open again, until it is asked."""
        self._rows = {key: row for key, row in self._rows.items() if key[0] != account}
        if self._warehouse:
            table = api_capability
            mine = (table.c.source == SOURCE) & (table.c.client_id == self._client_id)
            with self._warehouse.begin() as connection:
                connection.execute(table.delete().where(mine, table.c.user_id == account))

    def learn(self, client: Client) -> None:
        """Take over, and store, what the client was answered so far.

        A 401 says nothing of what is allowed: the token has ended, or the thing is another's.
        """
        outcomes = {key: told for key, told in client.outcomes.items() if told[0] != 401}
        for (account, endpoint), (status, code, message) in outcomes.items():
            self._rows[account, endpoint] = {
                "source": SOURCE,
                "client_id": self._client_id,
                "user_id": account,
                "endpoint": endpoint,
                "http_status": status,
                "error_code": code,
                "message": message,
                "is_allowed": status != 403,
                "checked_at": now(),
            }
        if not (self._warehouse and outcomes):
            return
        learnt = [self._rows[key] for key in outcomes]
        statement = insert(api_capability)
        keys = api_capability.primary_key.columns.keys()
        others = {c.name: c for c in statement.excluded if c.name not in keys}
        with self._warehouse.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=keys, set_=others), learnt
            )

    def rows(self) -> list[dict]:
        """The matrix as dictionaries of the table's columns, by account and endpoint."""
        return [self._rows[key] for key in sorted(self._rows)]

    def _select(self) -> sa.Select:
        table = api_capability
        return sa.select(table).where(
            table.c.source == SOURCE, table.c.client_id == self._client_id
        )


def probe(client: Client, account: int, site: str, client_id: str, product: str | None) -> None:
    """Ask every endpoint once; the client remembers what it was answered.

    ``account`` 0 is the app's own, which has nothing of its own. Endpoints that need an id are
    asked about the first thing there is; where there is none, nothing is found out.
    """
    for request in _public(account, site, product):
        _ask(client, request)
    if not account:
        return
    _ask(client, Request("/applications/{id}", f"/applications/{client_id}", account=account))
    _ask(client, Request("/users/{id}", f"/users/{account}", account=account))
    feeds = (("app_id", client_id), ("topic", "orders_v2"), ("limit", "1"))
    _ask(client, Request("/missed_feeds", "/missed_feeds", feeds, account))
    item_id = _first(
        client, _limited("/users/{id}/items/search", f"/users/{account}/items/search", account)
    )
    if isinstance(item_id, str):
        _probe_item(client, account, item_id)
    seller = (("seller", str(account)), ("limit", "1"), ("sort", "date_desc"))
    order = _first(client, Request("/orders/search", "/orders/search", seller, account))
    shipping = order.get("shipping") if isinstance(order, dict) else None
    if isinstance(shipping, dict) and shipping.get("id"):
        path = f"/shipments/{shipping['id']}"
        _ask(client, Request("/shipments/{id}", path, account=account))
        _ask(client, Request("/shipments/{id}/costs", f"{path}/costs", account=account))


def _public(account: int, site: str, product: str | None) -> Iterator[Request]:
    yield Request("/sites/{site}/categories", f"/sites/{site}/categories", account=account)
    if product:
        yield Request("/products/{id}", f"/products/{product}", account=account)
        yield Request("/products/{id}/items", f"/products/{product}/items", account=account)


def _probe_item(client: Client, account: int, id: str) -> None:
    both = (("ids", id), ("include_attributes", "all"))
    answer = _ask(client, Request("/items", "/items", both, account))
    about = {
        "prices": (),
        "sale_price": (("context", "channel_marketplace"),),
        "price_to_win": (("version", "v2"),),
        "visits/time_window": (("last", "1"), ("unit", "day")),
    }
    for suffix, params in about.items():
        path = f"/items/{id}/{suffix}"
        _ask(client, Request(f"/items/{{id}}/{suffix}", path, params, account))
    found = elements(answer.body) if answer else []
    item = found[0].get("body") if found and isinstance(found[0], dict) else None
    if not isinstance(item, dict):
        return
    if item.get("category_id"):
        path = f"/categories/{item['category_id']}"
        _ask(client, Request("/categories/{id}", path, account=account))
    variation = next((v for v in elements(item, "variations") if isinstance(v, dict)), {})
    thing = item.get("user_product_id") or variation.get("user_product_id")
    if thing:
        _ask(client, Request("/user-products/{id}", f"/user-products/{thing}", account=account))
        path = f"/user-products/{thing}/stock"
        _ask(client, Request("/user-products/{id}/stock", path, account=account))


def _limited(endpoint: str, path: str, account: int) -> Request:
    return Request(endpoint, path, (("limit", "1"),), account)


def _first(client: Client, request: Request) -> object:
    answer = _ask(client, request)
    return next(iter(elements(answer.body)), None) if answer else None


def _ask(client: Client, request: Request) -> Answer | None:
    try:
        return client.get(request)
    except Failed:
        return None
