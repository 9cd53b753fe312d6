"""Pages of watched products, read from simulated shops, and all that goes wrong there."""

import csv
import datetime as dt
import json
import os
import subprocess
import sys

import pytest
import requests
import sqlalchemy as sa
from commands import dbt, query, run
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ingestion.pages import Settings, settings
from ingestion.pages.attributes import ATTRIBUTES, FILE
from ingestion.pages.fetch import Clock, Failed, Fetcher, _Guarded
from ingestion.pages.hosts import Entry, Hosts, Refused, is_public
from ingestion.pages.load import load
from ingestion.pages.parse import parse
from ingestion.pages.values import READERS
from ingestion.pages.watchlist import Page, watchlist
from simulators.pages import FAULTS, SHAPES, Product, Shop, Shops
from simulators.pages.shapes import gtin, node, plain
from warehouse import UserError, open_warehouse
from warehouse.connection import PROJECT
from warehouse.dead_letters import letters
from warehouse.ledger import entries

PAGE = Page("MLB1", "https://loja.example/p/1")
FATES = ("loaded_rows", "deduplicated_rows", "dead_lettered_rows", "truncated_rows")


class FakeClock(Clock):
    """Time that passes by a millisecond with every look, and by sleeping."""

    def __init__(self):
        self.at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        self.slept: list[float] = []
        self.break_after: int | None = None  # sleeps, as if somebody pressed Ctrl-C

    def now(self) -> dt.datetime:
        self.at += dt.timedelta(milliseconds=1)
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += dt.timedelta(seconds=seconds)
        if self.break_after is not None and len(self.slept) > self.break_after:
            raise KeyboardInterrupt


@pytest.fixture
def duck(environment):
    return open_warehouse("duckdb")


@pytest.fixture
def shops():
    with Shops() as made:
        yield made


@pytest.fixture
def shop():
    with Shop("plain") as made:
        yield made


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def make_settings(tmp_path):
    """A function that makes settings for pages of these addresses, or of this whole file."""

    def make(domains: str, urls: list[str] | str, **options) -> Settings:
        made, path = Settings(), tmp_path / "watched.csv"
        lines = [f"MLB{number},{url}" for number, url in enumerate(urls, start=1)]
        text = urls if isinstance(urls, str) else "\n".join(["product_id,url", *lines])
        path.write_text(text)
        for name, value in options.items():
            setattr(made, name, value)
        made.allowed_domains, made.watchlist = domains, str(path)
        return made

    return make


def rows(warehouse, sql: str) -> list[tuple]:
    with warehouse.begin() as connection:
        return [tuple(row) for row in connection.execute(sa.text(sql))]


def said(warehouse) -> dict[str, dict[str, str]]:
    """By address, what the newest readings say."""
    found: dict[str, dict[str, str]] = {}
    sql = """
        select url, attribute, value from raw_pages.attributes as a
        where observed_at = (
            select max(observed_at) from raw_pages.attributes as b where a.url = b.url
        )
    """
    for url, attribute, value in rows(warehouse, sql):
        found.setdefault(url, {})[attribute] = value
    return found


def fates(result) -> tuple[int, ...]:
    """Loaded, deduplicated, dead-lettered and truncated pages of a load, which add up."""
    assert all(entry.is_balanced for entry in result.entries)
    return tuple(sum(getattr(entry, name) for entry in result.entries) for name in FATES)


def classes(warehouse) -> dict[str, str]:
    """By address, the class of its open letter."""
    return {each["location"]: each["error_class"] for each in letters(warehouse, source="pages")}


def test_every_field_of_every_shape_is_loaded_and_what_is_unchanged_is_not_fetched_again(
    warehouse, shops, make_settings, clock
):
    pages = len(shops.truth())
    assert pages == 2 * len(SHAPES)
    options = make_settings(shops.domains, shops.watchlist())
    assert fates(load(warehouse, options, clock=clock)) == (pages, 0, 0, 0)
    assert said(warehouse) == shops.truth()
    agents = {request.agent for shop in shops.shops for request in shop.requests}
    assert agents == {options.user_agent}

    before = [len(shop.requests) for shop in shops.shops]
    assert fates(load(warehouse, options, clock=clock)) == (0, 0, 0, pages)  # not due
    assert [len(shop.requests) for shop in shops.shops] == before

    options.max_age_hours = 1
    clock.at += dt.timedelta(hours=2)
    changed = shops["graph"]
    changed.products["/p/1"].price = "7.77"
    assert fates(load(warehouse, options, clock=clock)) == (1, pages - 1, 0, 0)
    assert said(warehouse) == shops.truth()
    assert [request.status for request in shops["plain"].requests] == [200, 200, 200, 304, 304]
    paths = [request.path for request in changed.requests]
    assert paths.count("/robots.txt") == 1  # kept for a day
    clock.at += dt.timedelta(days=2)
    assert fates(load(warehouse, options, clock=clock)) == (0, pages, 0, 0)
    assert [request.path for request in changed.requests].count("/robots.txt") == 2
    outcomes = "select outcome, count(*) from raw_pages.observations group by 1 order by 1"
    assert rows(warehouse, outcomes) == [("read", pages + 1), ("unchanged", 2 * pages - 1)]
    assert letters(warehouse, source="pages") == []


EXPECTED = {
    "http_404": "http_404", "http_500": "http_500", "http_429": "http_429", "drop": "unreachable",
    "slow": "timeout", "too_large": "too_large", "bomb": "no_product", "block": "blocked",
    "block_page": "http_403", "to_block": "blocked", "to_other": "blocked",
    "to_marketplace": "refused_host", "to_inside": "refused_host", "loop": "too_many_redirects",
    "no_product": "no_product", "two_products": "ambiguous", "two_prices": "ambiguous",
    "unclear_price": "ambiguous", "no_html": "no_html", "garbage": "no_product",
}  # fmt: skip


def test_what_cannot_be_taken_is_a_letter_until_it_is_mended(duck, shop, make_settings, clock):
    assert EXPECTED.keys() == set(FAULTS)
    shop.retry_after = "1"
    shop.products |= {f"/{fault}": Product(fault, gtin=gtin(7)) for fault in FAULTS}
    shop.faults = {f"/{fault}": fault for fault in FAULTS}
    with Shop("plain") as other:
        shop.other = other.url
        domains = f"{shop.host},{other.host}"
        urls = [shop.url + path for path in shop.products]
        options = make_settings(domains, urls, timeout_seconds=0.3, largest_bytes=300_000)
        lines: list[str] = []
        result = load(duck, options, lines.append, clock=clock)
    assert fates(result) == (2, 0, len(FAULTS), 0)
    assert classes(duck) == {shop.url + f"/{name}": kind for name, kind in EXPECTED.items()}
    assert len(lines) == len(FAULTS) and all("\n" not in line for line in lines)
    (refusal,) = (line for line in lines if line.startswith(f"{shop.url}/to_marketplace"))
    assert "refused_host: www.mercadolivre.com.br is the marketplace's own" in refusal
    assert shop.asked("/drop") == ["/drop"] * 3 and shop.asked("/http_404") == ["/http_404"]
    known = {row[0] for row in rows(duck, "select url from raw_pages.attributes")}
    assert known == {f"{shop.url}/p/1", f"{shop.url}/p/2"}
    assert all("MLB" in letter["payload"] for letter in letters(duck, source="pages"))

    shop.faults = {}
    assert fates(load(duck, options, clock=clock)) == (len(FAULTS), 0, 0, 2)
    assert said(duck) == shop.truth()
    assert letters(duck, source="pages") == []
    assert len(letters(duck, "replayed", "pages")) == len(FAULTS)


def test_a_load_that_is_broken_off_is_taken_up_again(warehouse, shop, make_settings, clock):
    shop.products |= {f"/q/{number}": Product(f"Q{number}") for number in range(3)}
    options = make_settings(shop.host, list(shop.truth()), delay_seconds=61)  # each its own batch
    clock.break_after = 2
    with pytest.raises(KeyboardInterrupt):
        load(warehouse, options, clock=clock)
    kept = len(said(warehouse))
    assert 0 < kept < 5
    clock.break_after = None
    with warehouse.begin() as connection:  # what a kill between two steps leaves
        connection.execute(sa.text("create schema if not exists raw_pages_next"))
        connection.execute(sa.text("create table raw_pages_next.junk (id text)"))
    assert fates(load(warehouse, options, clock=clock)) == (5 - kept, 0, 0, kept)
    assert said(warehouse) == shop.truth()
    assert sorted(shop.asked()) == sorted(shop.products)  # nothing is asked twice
    told = entries(warehouse, "pages")
    assert sum(entry["loaded_rows"] for entry in told) == 5


def test_robots_are_obeyed(duck, shop, make_settings, clock):
    shop.robots += "Crawl-delay: 20\n\nUser-agent: nosy\nDisallow: /\n"
    forbidden = ["/conta/p", "/x?a=1&ordem=preco", "/fechado/1"]
    shop.products |= dict.fromkeys((path.partition("?")[0] for path in forbidden), Product("X"))
    urls = [shop.url + path for path in (*forbidden, "/p/1", "/p/2")]
    options = make_settings(shop.host, urls)
    assert fates(load(duck, options, clock=clock)) == (2, 0, 3, 0)
    assert classes(duck) == {shop.url + path: "robots" for path in forbidden}
    assert shop.asked() == ["/p/1", "/p/2"]
    assert len(clock.slept) == 1 and 19 < clock.slept[0] <= 30

    options.user_agent, options.max_age_hours = "Nosy/1.0", 0
    assert fates(load(duck, options, clock=clock)) == (0, 0, 5, 0)
    for answer, hours, kind in ((500, 48, "robots_unreachable"), (None, 1, None)):
        shop.robots = answer
        clock.at += dt.timedelta(hours=hours)
        shop.requests.clear()
        load(duck, options, clock=clock)
        assert set(classes(duck).values()) == ({kind} if kind else set())
        assert len(shop.asked()) == (0 if kind else 5)


def test_hosts_are_asked_as_slowly_as_they_want(duck, shop, make_settings, clock):
    shop.products |= {f"/q/{number}": Product(f"Q{number}") for number in range(2)}
    shop.faults, shop.retry_after = {"/p/1": "http_429"}, "7"
    options = make_settings(shop.host, list(shop.truth()), delay_seconds=3)
    assert fates(load(duck, options, clock=clock)) == (3, 0, 1, 0)
    assert len(shop.asked("/p/1")) == 3
    assert all(3 * 0.9 < slept < 3 * 4 * 1.5 + 1 for slept in clock.slept)
    assert sum(slept > 6.9 for slept in clock.slept) >= 2

    shop.retry_after, options.max_age_hours = "3600", 0
    assert fates(load(duck, options, clock=clock)) == (0, 0, 1, 3)  # more than our patience
    assert entries(duck, "pages")[-1]["truncated_reason"] == "3 its host wants to wait"
    asked = len(shop.requests)
    assert fates(load(duck, options, clock=clock)) == (0, 0, 0, 4)
    assert len(shop.requests) == asked
    clock.at += dt.timedelta(hours=1)
    shop.faults = {}
    assert fates(load(duck, options, clock=clock)) == (1, 3, 0, 0)


def test_only_what_the_api_lacks_is_asked_for(duck, shop, make_settings, clock):
    told = [{"id": "BRAND", "value_name": "Rex"}, {"id": "GTIN", "values": [{"name": "1"}]}]
    _write_products(duck, {"MLB1": told, "MLB2": told[:1]})
    urls = list(shop.truth())
    options = make_settings(shop.host, urls, attributes="brand, gtin")
    assert fates(load(duck, options, clock=clock)) == (1, 0, 0, 1)
    assert shop.asked() == ["/p/2"]
    options.attributes = "brand"
    assert fates(load(duck, options, clock=clock)) == (0, 0, 0, 2)
    options.attributes = ""
    assert fates(load(duck, options, clock=clock)) == (1, 0, 0, 1)


def _write_products(warehouse, told: dict[str, list]) -> None:
    json_type = "jsonb" if warehouse.is_postgres else "json"
    texts = (
        "parent_id domain_id site_id family_name status type quality_type listing_strategy name id"
    )
    columns = ", ".join(f"{name} text" for name in texts.split())
    with warehouse.begin() as connection:
        connection.execute(sa.text("create schema raw_mercadolivre"))
        connection.execute(
            sa.text(
                f"create table raw_mercadolivre.products ({columns}, sold_quantity bigint,"
                f" attributes {json_type}, pictures {json_type}, children_ids {json_type},"
                " date_created timestamp with time zone, last_updated timestamp with time zone,"
                " observed_at timestamp with time zone)"
            )
        )
        for id, attributes in told.items():
            connection.execute(
                sa.text(
                    "insert into raw_mercadolivre.products (id, name, attributes, observed_at)"
                    f" values (:id, 'Panela', cast(:found as {json_type}), '2026-05-01')"
                ),
                {"id": id, "found": json.dumps(attributes)},
            )


def test_marts_tell_where_every_value_is_from(environment, shop, make_settings, clock):
    """On one engine: the unit tests of the models, which every build runs, see to the other."""
    warehouse = open_warehouse()
    brands = ("SABIUNA", "Rex")
    told = {
        f"MLB{number}": [{"id": "BRAND", "value_name": brand}]
        for number, brand in enumerate(brands, start=1)
    }
    _write_products(warehouse, told)
    options = make_settings(shop.host, list(shop.truth()), max_age_hours=0)
    load(warehouse, options, clock=clock)
    shop.shape = "broken"
    shop.products["/p/2"].mpn = None
    load(warehouse, options, clock=clock)
    shop.faults = {"/p/1": "no_product"}
    load(warehouse, options, clock=clock)

    target = warehouse.target
    select = ("+product_attributes", "+page_differences", "+page_drift", "stg_pages__types")
    build = ("build", "--select", *select, "--exclude-resource-types", "test", "unit_test")
    dbt(*build, target=target, environment=environment)
    found = query(
        environment, target,
        "select catalog_product_id, attribute, value, source, page_url is not null"
        " from marts.product_attributes order by 1, 2",
    )  # fmt: skip
    assert len(found) == 2 * len(ATTRIBUTES)
    expected = []
    for number, (url, page) in enumerate(shop.truth().items(), start=1):
        api = {"name": "Panela", "brand": brands[number - 1]}
        for name in sorted(attribute.name for attribute in ATTRIBUTES):
            value = api.get(name) or page.get(name)
            source = "api" if name in api else "page" if value else None
            expected.append((f"MLB{number}", name, value, source, source == "page"))
        assert url in {row[0] for row in query(
            environment, target, "select distinct page_url from marts.product_attributes"
        )}  # fmt: skip
    assert found == expected
    differences = query(
        environment, target,
        "select catalog_product_id, attribute, api_value, page_value"
        " from marts.page_differences order by 1, 2",
    )  # fmt: skip
    names = [product.name for product in shop.products.values()]
    assert differences == [
        ("MLB1", "name", "Panela", names[0]),
        ("MLB2", "brand", "Rex", "Sabiúna"),
        ("MLB2", "name", "Panela", names[1]),
    ]
    drift = query(
        environment, target,
        "select drift_kind, details, page_count, occurrence_count from marts.page_drift"
        " order by 1",
    )  # fmt: skip
    assert drift == [
        ("field_vanished", "mpn", 1, 1),
        ("invalid_json", None, 2, 4),
        ("json_ld_vanished", None, 1, 1),
    ]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://www.mercadolivre.com.br/p/MLB1", "the marketplace's own"),
        ("https://produto.mercadolivre.com.br./x", "the marketplace's own"),
        ("https://articulo.MercadoLibre.com.ar/x", "the marketplace's own"),
        ("https://mercadolibre.cl", "the marketplace's own"),
        ("https://http2.mlstatic.com/a.jpg", "the marketplace's own"),
        ("https://outra.example/p", "not in PAGES__ALLOWED_DOMAINS"),
        ("https://falsaloja.example/p", "not in PAGES__ALLOWED_DOMAINS"),
        ("https://loja.example@evil.example/", "no plain http"),
        ("http://evil.example\\@loja.example/", "no plain http"),
        ("http://loja.example\\.evil.example/", "no plain http"),
        ("http://loja.example\n.evil.example/", "no plain http"),
        ("http://loja.example%2eevil.example/", "no plain http"),
        ("http://evil\u3002loja.example/", "no plain http"),
        ("http://loj\xe1.loja.example/", "no plain http"),
        ("http://127.0.0.1:81\u0661/", "no plain http"),
        ("http://127.0.0.2:81/", "not in PAGES__ALLOWED_DOMAINS"),
        ("http://2130706433/", "not in PAGES__ALLOWED_DOMAINS"),
        ("ftp://loja.example/p", "no plain http"),
        ("file:///etc/passwd", "no plain http"),
        ("//loja.example/p", "no plain http"),
        ("http://[::1", "no plain http"),
        ("http://loja.example:99999/", "no plain http"),
        ("", "no plain http"),
    ],
)
def test_only_allowed_hosts_may_be_asked(url, problem):
    entries = tuple(map(Entry.parse, ("loja.example", "127.0.0.1:81", "mercadolivre.com.br")))
    hosts = Hosts(entries)
    with pytest.raises(Refused, match=problem):
        hosts.require(url)
    for good in ("https://loja.example", "http://WWW.Loja.example:8443/p", "http://127.0.0.1:81/"):
        hosts.require(good)
    Hosts(entries, allow_marketplace=True).require("https://www.mercadolivre.com.br/p/MLB1")


def test_names_that_lead_inside_are_not_followed(duck, shop, make_settings, clock):
    """The address counts at the moment of connecting, whatever the name was allowed for."""
    port = int(shop.host.rpartition(":")[2])
    inside = (
        "127.0.0.1 10.1.2.3 169.254.169.254 ::1 ::ffff:10.0.0.1 fc00::1 fe80::1 fec0::1 ff0e::1"
        " 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::8.8.8.8 ::127.0.0.1 ::8.8.8.8"
        " 2002:7f00:1:: ::ffff:0:127.0.0.1 2001:db8::1"
    )
    assert [address for address in inside.split() if is_public(address)] == []
    for outside in ("93.184.216.34", "2606:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"):
        assert is_public(outside)
    with requests.Session() as session:
        session.mount("http://", _Guarded(Hosts((Entry.parse("loja.example"),))))
        for name in (shop.host, f"localhost:{port}"):  # as if its address had been read otherwise
            with pytest.raises(Refused, match="not in PAGES__ALLOWED_DOMAINS"):
                session.get(f"http://{name}", timeout=5)
        session.mount("http://", _Guarded(Hosts((Entry.parse("0.0.1"),))))  # with all below it
        with pytest.raises(Refused, match="leads to the private address"):
            session.get(shop.url, timeout=5)
        session.mount("http://", _Guarded(Hosts((Entry.parse(shop.host),))))
        assert session.get(f"{shop.url}/p/1", timeout=5).ok
    assert shop.asked() == ["/p/1"]
    with Fetcher(make_settings(shop.host, []), clock=clock) as fetcher:
        assert fetcher.resource(f"{shop.url}/p/1")[0].ok
        for refused in ("https://www.mercadolivre.com.br/", f"http://localhost:{port}/p/1"):
            with pytest.raises(Failed, match="not in PAGES__ALLOWED_DOMAINS|marketplace"):
                fetcher.resource(refused)
    assert shop.asked() == ["/p/1"] * 2
    disguised = f"http://2130706433:{port}/p/2"  # 127.0.0.1
    assert fates(load(duck, make_settings("2130706433", [disguised]), clock=clock)) == (0, 0, 1, 0)
    assert classes(duck) == {disguised: "refused_host"}
    assert len(shop.requests) == 2


def read(*nodes: dict, page: Page = PAGE, more: str = "") -> tuple[str, dict[str, str]]:
    scripts = "".join(
        f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in nodes
    )
    parsed = parse(f"<html>{scripts}{more}".encode(), page)
    return parsed.problem, parsed.values


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_are_read_in_any_charset(shape):
    product = Product("Açaí “Rex”", gtin=gtin(1), sku="S")
    page = Page(PAGE.product_id, PAGE.url, gtin=gtin(1))
    text = SHAPES[shape](product)
    for charset in ("utf-8", "utf-16"):
        parsed = parse(text.encode(charset, "replace"), page, charset)
        assert parsed.values["name"].removesuffix(" | Loja") == product.name
    latin = text.replace("utf-8", "ISO-8859-1").encode("cp1252")
    assert parse(latin, page).values["name"].startswith(product.name)


def test_of_several_products_only_the_watched_one_is_taken():
    one, two = Product("Uma", gtin=gtin(1), sku="1"), Product("Duas", gtin=gtin(2), sku="2")
    both = node(one, url="/p/9"), node(two, url="/p/1")
    anywhere = Page("MLB1", "https://loja.example/elsewhere")
    assert read(*both, page=anywhere)[0] == "ambiguous"
    assert read(*both)[1]["name"] == "Duas"  # by its address
    for names in ({"gtin": gtin(1)}, {"sku": "1"}, {"gtin": "0" + gtin(1), "sku": "2"}):
        assert read(*both, page=Page("MLB1", anywhere.url, **names))[1]["name"] == "Uma"
    by_id = node(two, productID="MLB1"), node(one)
    assert read(*by_id, page=anywhere)[1]["name"] == "Duas"
    # one product told in two places is one product
    rating = {"@type": "Product", "name": "Uma", "aggregateRating": {"ratingValue": 4}}
    whole = node(one, aggregateRating=None)
    assert read(whole, rating, page=anywhere)[1]["rating_value"] == "4.00"
    # what is related is not the page's
    assert read(node(one, isRelatedTo=[node(two)]), page=anywhere)[1]["name"] == "Uma"
    group = {"@type": "ProductGroup", "brand": "Rex", "hasVariant": [{"url": "/x"}], "name": "G"}
    assert read(group) == ("", {"name": "G", "brand": "Rex"})


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("R$ 1.234.567,8", "1234567.80"),
        ("1234,5", "1234.50"), ("12.9", "12.90"), ("0.999", "1.00"), ("1234.500", "1234.50"),
        ("199.000000", "199.00"), ("99 BRL", "99.00"), ("&nbsp;R$&nbsp;10", "10.00"),
        (1234, "1234.00"), (1.234, "1.23"), (89.90000000000001, "89.90"),
        ("1.234", None), ("1,234", None), ("1.2.3", None), ("1,234,5", None),
        ("sob consulta", ""), ("", ""), (0, ""), (-5, ""), (1e30, ""), (None, ""), (True, ""),
        ("10 a 20", ""), (float("nan"), ""), ([], ""), ({"@value": "10"}, "10.00"),
        ([10, "10,00"], "10.00"), ([10, 11], None),
    ],
)  # fmt: skip
def test_prices_are_read_one_way_or_not_at_all(price, expected):
    problem, values = read({"@type": "Product", "name": "x", "offers": {"price": price}})
    if expected is None:
        assert problem == "ambiguous"
    else:
        assert (problem, values.get("price", "")) == ("", expected)


def test_offers_and_their_specifications():
    def price_of(*offers: dict) -> str | None:
        problem, values = read({"@type": "Product", "name": "x", "offers": list(offers)})
        return problem or values["price"]

    assert price_of({"priceSpecification": [{"price": 9}, {"price": "9,00"}]}) == "9.00"
    crossed_out = {"price": 12, "priceType": "https://schema.org/ListPrice"}
    assert price_of({"priceSpecification": [crossed_out, {"price": 9}]}) == "9.00"
    assert price_of({"lowPrice": 9, "highPrice": "9.00"}) == "9.00"
    assert price_of({"lowPrice": 9, "highPrice": 10}) == "ambiguous"
    assert price_of({"price": 9}, {"price": 10}) == "ambiguous"
    assert price_of({"lowPrice": 9, "offers": [{"price": 9}]}) == "9.00"


def test_codes_and_ratings():
    product = {"@type": "Product", "name": "x", "gtin": gtin(5), "gtin14": "0" + gtin(5)}
    assert read(product)[1]["gtin"] == gtin(5)
    assert "gtin" not in read(product | {"gtin": "2000000000058", "gtin14": None})[1]
    assert read(product | {"gtin13": gtin(6)})[0] == "ambiguous"
    for rating, best, expected in ((9.1, 10, "4.55"), ("4,667", None, "4.67"), (80, "100", "4.00"),
                                   (9, None, None), (0, 5, None), ("x", 5, None)):  # fmt: skip
        told = {"ratingValue": rating, "bestRating": best, "ratingCount": "1.234"}
        values = read(product | {"aggregateRating": told})[1]
        assert (values.get("rating_value"), values["rating_count"]) == (expected, "1234")


def test_meta_tags_count_where_they_are_a_products():
    tag = '<meta property="{}" content="{}">'
    price, title = tag.format("product:price:amount", "9,90"), tag.format("og:title", "X")
    assert read(more=price + title) == ("", {"name": "X", "price": "9.90"})
    assert read(more=title)[0] == "no_product"
    assert read(more=price + tag.format("og:price:amount", "8"))[0] == "ambiguous"
    assert read({"@type": "Product", "name": "Y"}, more=price + title) == ("", {"name": "Y"})


NAMES = (
    "@type @id @graph @value name brand offers price priceType hasVariant mainEntity sku url gtin13"
    " aggregateRating ratingValue bestRating"
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(NAMES.split()) | st.text(),
            inner | st.sampled_from(["Product", "ProductGroup", "#a", "1.234", {"@id": "#a"}]),
        )
    ),
    max_leaves=25,
)


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.binary() | json_values, st.none() | st.text(max_size=10))
def test_nothing_makes_the_parser_raise(found, charset):
    body = found if isinstance(found, bytes) else json.dumps(found).encode()
    script = b'<script type="application/ld+json">' + body + b"</script>"
    for page in (body, script, b"<meta charset='" + body + b"'>" + script):
        parsed = parse(page, PAGE, charset)
        assert bool(parsed.values) != bool(parsed.problem)
        json.dumps([parsed.values, parsed.message, parsed.types]).encode()
        assert not any("\0" in value for value in parsed.values.values())


@pytest.mark.parametrize(
    "script",
    [
        b"[" * 500_000,
        b'{"@graph":' * 100_000 + b"1" + b"}" * 100_000,
        json.dumps([node(Product(str(number))) for number in range(5_000)]).encode(),
        b'{"@type":"Product","name":"x","offers":{"price":' + b"9" * 1_000_000 + b"}}",
        b'{"@type":"Product","name":"' + b"<a" * 500_000 + b'"}',
        b'{"@type":"Product","@id":"#a","brand":{"@id":"#a"},"hasVariant":{"@id":"#a"}}',
        b"</script><div>" + b"<div>" * 500_000,
        b"</script><p " + b" ".join(b"a%d" % number for number in range(300_000)),
        b"</script><p " + b"/".join(b"a%d='>'" % number for number in range(300_000)),
        b"</script><!-- --!><p x='\">'" + b"/".join(b"a%d" % number for number in range(300_000)),
    ],
)
def test_bombs_are_not_worth_their_time(script):
    parsed = parse(b'<script type="application/ld+json">' + script + b"</script>", PAGE)
    assert parsed.problem in ("no_product", "ambiguous") or parsed.values.keys() <= {"name"}


def test_reading_takes_time_by_the_length_of_a_page():
    """In a process of its own: what backtracks holds the interpreter for hours."""
    indented = "<div" + "\n        " * 3_000 + "class='a'" + " " * 20_000 + "id=b>\n" + " " * 30_000
    script = '<script type="application/ld+json">%s</script>'
    pages = [
        indented * 20,
        "<div " + "a b  " * 100 + " " * 1_000_000,
        "<p a=" * 200_000,
        "<" * 500_000 + "a" * 500_000,
        "<!--" * 200_000,
        "<p " + "= " * 300_000,
        script % (" " * 1_000_000 + "x"),
        script % ("[1," + " " * 1_000_000 + "2] x"),
        script % ("//" * 500_000),
    ]
    code = (
        "import json, sys; from ingestion.pages.parse import parse; from test_pages import PAGE\n"
        "for page in json.load(sys.stdin): print(parse(page.encode(), PAGE).problem)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(pages), timeout=30, check=True, text=True,
        capture_output=True, cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": f"{PROJECT}:{PROJECT}/tests/python"},
    ).stdout  # fmt: skip
    assert told.split() == ["no_product"] * len(pages)
    product = script % json.dumps(node(Product("Uma")))
    parsed = parse((indented * 20 + "<p a='<b c>' b=1>" + product).encode(), PAGE)
    assert parsed.values["name"] == "Uma"


def test_the_seed_says_all_of_attributes():
    with FILE.open(newline="", encoding="utf-8") as file:
        assert {row["kind"] for row in csv.DictReader(file)} == READERS.keys()
    assert {attribute.name for attribute in ATTRIBUTES} == vars(Product("x")).keys()


def test_off_is_one_line(duck):
    with pytest.raises(UserError, match="^pages are off: name the shops that may be asked.*$"):
        load(duck, settings())


def test_the_command_says_what_it_refused(environment, shop, tmp_path):
    command = ("armazem", "load", "pages", "--target", "duckdb")
    path = tmp_path / "watched.csv"
    path.write_text(
        f"product_id,url\nMLB1,{shop.url}/p/1\nMLB2,https://www.mercadolivre.com.br/p/MLB2\n"
    )
    variables = {"PAGES__ALLOWED_DOMAINS": f"{shop.host}, mercadolivre.com.br"}
    variables |= {"PAGES__WATCHLIST": str(path), "PAGES__DELAY_SECONDS": "0.01"}
    told = run(*command, environment=environment | variables).stdout
    assert "refused_host: www.mercadolivre.com.br is the marketplace's own" in told
    assert len(shop.asked()) == 1


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("ALLOWED_DOMAINS", "https://loja.example", "allowed_domains must be names of hosts"),
        ("ALLOWED_DOMAINS", "a@loja.example", "allowed_domains must be names of hosts"),
        ("DELAY_SECONDS", "0", "delay_seconds must be more than 0"),
        ("MAX_AGE_HOURS", "-1", "max_age_hours must be more than 0"),
        ("ATTRIBUTES", "brand,colour", "attributes has 'colour', which is none of them"),
        ("USER_AGENT", "olá", "user_agent must be printable ASCII"),
        ("BROWSER", "perhaps", "browser must be true or false"),
    ],
)
def test_wrong_settings_name_the_variable(monkeypatch, name, value, problem):
    monkeypatch.setenv(f"PAGES__{name}", value)
    with pytest.raises(UserError, match=f"{problem}.*: check PAGES__{name}"):
        settings()


def test_watch_lists_are_checked(tmp_path, make_settings):
    path = tmp_path / "pages.csv"
    for text, problem in (
        ("product_id\nMLB1\n", "columns product_id and url are needed"),
        ("product_id,url\nX,https://a.example\n", "'X' is no product"),
    ):
        path.write_text(text)
        with pytest.raises(UserError, match=problem):
            watchlist(str(path))
    with pytest.raises(UserError, match="no such file: check PAGES__WATCHLIST"):
        watchlist(str(tmp_path / "none.csv"))
    path.write_text("product_id,url,note\nMLB1,https://a.example,x\nMLB1,https://a.example,y\n,,\n")
    assert watchlist(str(path)) == [Page("MLB1", "https://a.example")]


def test_without_the_extra_the_browser_is_one_line(duck, shop, make_settings, clock, monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    options = make_settings(shop.host, [f"{shop.url}/p/1"], browser=True)
    with pytest.raises(UserError, match=r"needs the extra browser: pip install 'armazem\[browser"):
        load(duck, options, clock=clock)
    assert shop.requests == []
    assert plain(Product("x"))  # what it would have been asked for
