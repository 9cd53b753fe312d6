"""What is known before a load: what the API tells, and what pages told the last time."""

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ingestion.pages.attributes import ATTRIBUTES
from ingestion.pages.fetch import Host
from warehouse import Warehouse
from warehouse.staging import table_exists

LIVE = "raw_pages"


@dataclass(frozen=True)
class Read:
    """The newest reading of a page, and when it was last found to hold."""

    held_at: dt.datetime
    etag: str | None
    last_modified: str | None
    parser: int


@dataclass
class Known:
    """State in memory; empty for a first load."""

    api: dict[str, dict[str, str]] = field(default_factory=dict)  # by product, by attribute
    reads: dict[tuple[str, str], Read] = field(default_factory=dict)  # by product and url
    hosts: list[Host] = field(default_factory=list)


def known_of(warehouse: Warehouse) -> Known:
    """What ``raw_mercadolivre`` and ``raw_pages`` hold, as far as they are there."""
    known = Known()
    with warehouse.begin() as connection:
        if table_exists(connection, "raw_mercadolivre", "products"):
            for id, name, attributes in connection.execute(sa.text(_PRODUCTS)):
                told = {"name": name} | _attributes(attributes)
                known.api[id] = _by_attribute(told)
        if table_exists(connection, "raw_mercadolivre", "offer_observations"):
            for id, price, currency, is_offered in connection.execute(sa.text(_OFFERS)):
                told = {"price": price, "currency_id": currency, "availability": is_offered}
                known.api.setdefault(id, {}).update(_by_attribute(told))
        if table_exists(connection, LIVE, "observations"):
            for product_id, url, held_at, *read in connection.execute(sa.text(_READS)):
                known.reads[product_id, url] = Read(_utc(held_at), *read)
        if table_exists(connection, LIVE, "hosts"):
            for origin, robots, robots_at, retry_at in connection.execute(sa.text(_HOSTS)):
                known.hosts.append(Host(origin, robots, _utc(robots_at), _utc(retry_at)))
    return known


def _attributes(found: Any) -> dict[str, Any]:
    found = json.loads(found) if isinstance(found, str) else found
    return {
        each["id"]: each.get("value_name") or _first(each.get("values"))
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, dict) and isinstance(each.get("id"), str)
    }


def _first(values: Any) -> Any:
    first = values[0] if isinstance(values, list) and values else None
    return first.get("name") if isinstance(first, dict) else None


def _by_attribute(told: dict[str, Any]) -> dict[str, str]:
    return {
        attribute.name: str(told[attribute.api])
        for attribute in ATTRIBUTES
        if attribute.api and told.get(attribute.api) not in (None, "")
    }


_PRODUCTS = "select id, name, attributes from raw_mercadolivre.products"
# The winner of the newest look at a product, as int_api_attributes_listed takes it.
_OFFERS = """
    with looks as (
        select product_id, max(observed_at) as observed_at
        from raw_mercadolivre.product_observations
        where is_complete or offer_count > 0
        group by product_id
    )
    select looks.product_id, max(offers.price), max(offers.currency_id), 'known'
    from looks
    left join raw_mercadolivre.offer_observations as offers
        on
            looks.product_id = offers.product_id
            and looks.observed_at = offers.observed_at
            and offers.is_winner
    group by looks.product_id
"""
_READS = f"""
    with read as (
        select
            product_id, url, observed_at, etag, last_modified, parser,
            row_number() over (partition by product_id, url order by observed_at desc) as place
        from {LIVE}.observations
        where outcome = 'read'
    ),
    held as (
        select product_id, url, max(observed_at) as held_at
        from {LIVE}.observations
        where outcome in ('read', 'unchanged')
        group by product_id, url
    )
    select held.product_id, held.url, held.held_at, read.etag, read.last_modified, read.parser
    from held
    inner join read on held.product_id = read.product_id and held.url = read.url
    where read.place = 1
"""
_HOSTS = f"select origin, robots, robots_at, retry_at from {LIVE}.hosts"


def _utc(moment: dt.datetime | None) -> dt.datetime | None:
    """DuckDB gives times of the session's zone, PostgreSQL of its own; both know which."""
    if moment is None:
        return None
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
