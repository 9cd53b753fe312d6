"""Alerts: what is told of watched prices, and that it is told once, whatever happens on the way."""

import datetime as dt
import json
import os
import re
import signal
import sys
import threading
from collections import Counter
from decimal import Decimal
from html import escape
from types import SimpleNamespace

import pytest
import requests
import sqlalchemy as sa
from commands import dbt, variables
from hypothesis import given, settings
from hypothesis import strategies as st

import armazem
from serving.alerts import outbox
from serving.alerts.channels import Later, Refused, Uncertain, apprise
from serving.alerts.decide import Change, State, Watch, decide
from serving.alerts.message import LONGEST, length, parts, shown
from serving.alerts.send import Run, channels_of, preview
from serving.alerts.settings import Settings
from serving.alerts.settings import settings as resolved
from serving.alerts.telegram import Limits, Telegram
from simulators.loopback import Handler, Loopback
from simulators.telegram import Server
from simulators.telegram.markup import parse
from simulators.telegram.server import random_faults
from warehouse import UserError, open_warehouse
from warehouse.connection import PROJECT
from warehouse.dead_letters import letters

START = dt.datetime(2026, 6, 1, 12)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
UNLIMITED = {"overall": (10**6, 1.0), "chat": (10**6, 1.0), "group": (10**6, 1.0)}
FAR = dt.datetime(9999, 12, 31)

# What the alerts' models read, by the columns they read.
PARENTS = """
    create schema if not exists marts; create schema if not exists staging;
    create table marts.price_series (price_series_key text, mode text, source text, item_id text,
        catalog_product_id text, seller_id bigint, context text, currency_id text);
    create table marts.product_price_history (price_series_key text, state text,
        price_amount numeric(18, 2), previous_price_amount numeric(18, 2),
        previous_observed_at timestamp, valid_from timestamp, valid_to timestamp,
        last_observed_at timestamp);
    create table marts.price_days (price_series_key text, price_date date);
    create table marts.product_stock_history (stock_series_key text, lowest_quantity bigint,
        highest_quantity bigint, valid_from timestamp, valid_to timestamp,
        last_observed_at timestamp);
    create table marts.offer_competition (catalog_product_id text, observed_at timestamp,
        is_complete boolean, seen_offer_count bigint, winner_item_id text,
        winner_price_amount numeric(18, 2), leader_item_id text,
        leader_price_amount numeric(18, 2));
    create table marts.product_identity (item_id text, variation_id bigint, product_id text,
        seller_id bigint);
    create table marts.dim_catalog_product (catalog_product_id text, product_name text);
    create table marts.dim_product (product_id text, item_id text);
    create table marts.source_freshness (source text, as_of timestamp);
    create table marts.dim_seller (seller_id bigint, nickname text, is_current boolean);
    create view staging.stg_mercadolivre__items as
        select null::text as item_id, null::bigint as seller_id, null::text as title,
            null::text as permalink where false;
"""
MODELS = (
    "stg_ops__price_watches", "int_watched_prices_matched", "int_watched_stocks_matched",
    "int_watched_listings_repriced", "int_watched_listings_restocked",
    "int_watched_products_repriced", "int_watched_products_restocked",
    "int_watched_changes_unioned", "int_watched_changes_compared", "price_alerts",
)  # fmt: skip


# Deciding


def changes_of(looks: list[tuple[int, int]]) -> list[Change]:
    """The changes among looks: (hour, price), each with when it was last seen."""
    found, before, seen = [], None, sorted(looks)
    for hour, price in seen:
        at = START + hour * HOUR
        if before is not None and price != before:
            found.append(Change("price", at, at, Decimal(before), Decimal(price)))
        elif found:
            last = found[-1]
            found[-1] = Change("price", last.changed_at, at, last.from_price, last.to_price)
        before = price
    return found


LOOKS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(80, 120)),
    min_size=2, max_size=25, unique_by=lambda look: look[0],
)  # fmt: skip
PERCENT = st.one_of(st.none(), st.integers(1, 15).map(Decimal))
WATCHES = st.builds(
    Watch, PERCENT, PERCENT, PERCENT, PERCENT, st.just(False),
    st.integers(0, 10).map(Decimal), st.integers(0, 600),
)  # fmt: skip


@settings(deadline=None)
@given(WATCHES, LOOKS, st.data())
def test_what_is_told_depends_on_the_changes_alone(watch, looks, data):
    """Whatever a run was given, in whatever order, however often it was repeated."""
    looks.sort()
    at_once = decide(watch, State(), changes_of(looks))[1]
    state, told = State(), []
    cuts = data.draw(st.lists(st.integers(0, len(looks)), max_size=6))
    for cut in [*sorted(cuts), len(looks)]:
        known = changes_of(looks[:cut])
        state, alerts = decide(watch, state, data.draw(st.permutations(known)))
        told += alerts
        assert decide(watch, state, known)[1] == []
    keys = [(each.change.changed_at, each.baseline, each.at) for each in told]
    assert keys == [(each.change.changed_at, each.baseline, each.at) for each in at_once]


@settings(deadline=None)
@given(WATCHES, LOOKS, st.data())
def test_what_comes_late_repeats_and_revives_nothing(watch, looks, data):
    looks = data.draw(st.permutations(looks))
    state, told = State(), []
    for known in range(len(looks) + 1):
        state, alerts = decide(watch, state, changes_of(looks[:known]))
        told += [alert.change.changed_at for alert in alerts]
    assert told == sorted(set(told))


@settings(deadline=None)
@given(WATCHES, LOOKS)
def test_alerts_are_as_far_apart_as_the_watch_says(watch, looks):
    alerts = decide(watch, State(), changes_of(looks))[1]
    direction = None
    for before, alert in zip([None, *alerts], alerts, strict=False):
        price, baseline = alert.change.to_price, alert.baseline
        now = "up" if price > baseline else "down"
        percent, amount = (
            (watch.rise_percent, watch.rise_amount) if now == "up"
            else (watch.fall_percent, watch.fall_amount)
        )  # fmt: skip
        move = abs(price - baseline)
        assert watch.tells(now)
        assert (percent and 100 * move >= baseline * percent) or (amount and move >= amount)
        assert alert.change.changed_at <= alert.at <= alert.change.seen_until_at
        if before:
            assert alert.at >= before.at + dt.timedelta(minutes=watch.cooldown_minutes)
            both = watch.tells("up") and watch.tells("down")
            if both:
                assert baseline == before.change.to_price
            if both and direction != now:
                more = baseline * watch.hysteresis_percent
                assert (percent and 100 * move >= baseline * percent + more) or (
                    amount and 100 * move >= 100 * amount + more
                )
        direction = now


def told(watch: Watch, *prices: int, hours: int = 1) -> list[tuple[int, int]]:
    """(baseline, price) of the alerts, for prices seen one after the other."""
    looks = [(hours * n, price) for n, price in enumerate(prices)]
    alerts = decide(watch, State(), changes_of(looks))[1]
    return [(int(alert.baseline), int(alert.change.to_price)) for alert in alerts]


def test_rises_falls_hysteresis_and_cooldown():
    falls = Watch(fall_percent=Decimal(5), hysteresis_percent=Decimal(1))
    assert told(falls, 100, 96) == []
    assert told(falls, 100, 95) == [(100, 95)]
    assert told(falls, 100, 98, 95) == [(100, 95)]  # by and by
    assert told(falls, 100, 94, 96, 94, 97, 94, 99, 94) == [(100, 94)]  # around the threshold
    assert told(falls, 100, 94, 100, 94) == [(100, 94), (100, 94)]  # fires again
    assert told(falls, 100, 130, 120) == [(130, 120)]  # from the height nobody asked about
    both = Watch(Decimal(5), Decimal(5), hysteresis_percent=Decimal(2))
    assert told(both, 100, 106, 112, 106, 104) == [(100, 106), (106, 112), (112, 104)]
    assert told(Watch(rise_amount=Decimal(7), rise_percent=Decimal(50)), 100, 107) == [(100, 107)]
    assert told(Watch(is_back_in_stock=True), 100, 50) == []
    slow = Watch(fall_percent=Decimal(5), cooldown_minutes=180)
    assert told(slow, 100, 90, 80, 100) == [(100, 90)]
    assert told(slow, 100, 90, 80, 80, 80) == [(100, 90), (90, 80)]  # at its end
    assert told(slow, 100, 90, 80, 70, 88) == [(100, 90)]  # the difference then decides


# Messages


@settings(deadline=None)
@given(st.lists(st.text(max_size=90), max_size=20), st.integers(30, 120))
def test_long_texts_are_split_between_lines(lines, longest):
    lines = [" ".join(line.split()) for line in lines]
    text = "\n".join(f'<a href="x?a&amp;b"><b>{escape(line)}</b></a>' for line in lines)
    found = parts(text, longest)
    for part in found:
        assert 0 < length(part) <= longest
        assert length(part) == len(parse(part).encode("utf-16-le")) // 2
    assert "".join(map(shown, found)).replace("\n", "") == "".join(lines)
    if all(length(escape(line)) <= longest for line in lines):
        assert "\n".join(found).count("<b>") == sum(map(bool, "\n".join(found).split("\n")))


def test_4096_characters_are_one_message():
    line = "<b>" + "é" * (LONGEST // 2 - 1) + "&amp;</b>"
    assert len(parts(line)) == 1
    assert len(parts(f"{line}\n{line[:-4]}")) == 2
    assert [length(part) for part in parts("x" * 2 * LONGEST)] == [2048] * 4


# The warehouse


@pytest.fixture(scope="module")
def built(make_environment):
    """A warehouse with the models of alerts over empty marts."""
    environment = make_environment()
    with variables(**environment):
        warehouse = open_warehouse()
        with warehouse.begin() as connection:
            connection.execute(sa.text(PARENTS))
        dbt("run", "--select", *MODELS, target="postgres", environment=environment)
        yield SimpleNamespace(warehouse=warehouse, environment=environment)


@pytest.fixture
def shop(built):
    """The same, empty."""
    tables = re.findall(r"create table (\S+)", PARENTS)
    tables += ["ops.api_user", "ops.alert_outbox", "ops.dead_letter", "ops.load_ledger"]
    with built.warehouse.begin() as connection:
        connection.execute(sa.text(f"truncate {', '.join(tables)} restart identity cascade"))
        connection.execute(sa.text(
            "insert into ops.api_user (name, password_hash, scopes) values ('maria', '', '{read}')"
        ))  # fmt: skip
    return Shop(built.warehouse, built.environment)


class Shop:
    """Watches, and prices as the marts have them."""

    def __init__(self, warehouse, environment):
        self.warehouse, self.environment = warehouse, environment

    def execute(self, statement: str, *rows: dict) -> list:
        with self.warehouse.begin() as connection:
            result = connection.execute(sa.text(statement), list(rows) or None)
            return result.all() if result.returns_rows else []

    def insert(self, table: str, *rows: dict) -> None:
        for row in rows:
            columns = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            self.execute(f"insert into {table} ({columns}) values ({values})", row)

    def watch(self, **given) -> str:
        row = {
            "owner_id": 1, "fall_percent": 5, "is_back_in_stock": False, "hysteresis_percent": 1,
            "cooldown_minutes": 0, "channel": "telegram", "destination": "1", "is_active": True,
            "watched_from": START - HOUR / 2, **given,
        }  # fmt: skip
        self.insert("ops.price_watch", row)

    def series(self, item: str, context="sale:channel_marketplace", **given) -> str:
        row = {
            "price_series_key": f"{item} {context}", "mode": "own", "source": "sale_price",
            "item_id": item, "context": context, "currency_id": "BRL", **given,
        }  # fmt: skip
        self.insert("marts.price_series", row)
        return row["price_series_key"]

    def prices(self, key: str, *prices: float | None, hours: int = 1, first: int = -1) -> None:
        """The history of a series looked at every few hours, from one look before the start."""
        self.execute(f"delete from marts.product_price_history where price_series_key = '{key}'")
        before, seen, rows = None, None, []
        for number, price in enumerate(prices):
            at = START + hours * (number + first) * HOUR
            if rows and rows[-1]["price_amount"] == price:
                rows[-1]["last_observed_at"] = at
            else:
                if rows:
                    rows[-1]["valid_to"] = at
                rows.append({
                    "price_series_key": key, "price_amount": price, "valid_from": at,
                    "valid_to": FAR, "last_observed_at": at, "previous_price_amount": before,
                    "previous_observed_at": seen, "state": "offered" if price else "delisted",
                })  # fmt: skip
            if price:
                before, seen = price, at
        self.insert("marts.product_price_history", *rows)

    def stocks(self, key: tuple[str, str], *bands: tuple[int, int | None]) -> None:
        rows = [
            {
                "lowest_quantity": low, "highest_quantity": high,
                "valid_from": START + (n - 1) * HOUR, "valid_to": START + n * HOUR,
                "last_observed_at": START + (n - 1) * HOUR,
            }
            for n, (low, high) in enumerate(bands)
        ]  # fmt: skip
        rows[-1]["valid_to"] = FAR
        for row in rows:
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            hashed = f"md5('{key[0]}' || '|' || '{key[1]}')"
            self.execute(
                f"insert into marts.product_stock_history (stock_series_key, {names})"
                f" values ({hashed}, {values})", row,
            )  # fmt: skip

    def listings(self, count: int, *prices: float, **given) -> None:
        """Watched listings that all had these prices."""
        for number in range(count):
            item = f"MLB{number + 1}"
            self.prices(self.series(item), *prices)
            self.watch(item_id=item, **given)

    def run(self, server: Server, now=START + 2 * DAY, *clocks, **given) -> Counter:
        return make_run(self.warehouse, server, now, *clocks, **given).run()

    def alerts(self) -> list[dict]:
        query = "select * from marts.price_alerts order by changed_at, item_id, context"
        return [dict(row._mapping) for row in self.execute(query)]

    def states(self) -> Counter:
        return Counter(row[0] for row in self.execute("select state from ops.alert_outbox"))

    def dump(self) -> list:
        tables = ("watch_state", "alert_outbox", "dead_letter", "load_ledger", "price_watch")
        return [sorted(map(str, self.execute(f"select * from ops.{name}"))) for name in tables]

    def assert_the_letters_match_the_ledger(self) -> None:
        test = (PROJECT / "tests" / "assert_dead_letters_match_ledger.sql").read_text()
        for model, table in (("ledger_entries", "load_ledger"), ("dead_letters", "dead_letter")):
            test = test.replace(f"{{{{ ref('stg_ops__{model}') }}}}", f"ops.{table}")
        assert self.execute(test) == []


def settings_of(server: Server, **given) -> Settings:
    made = Settings()
    made.telegram_url, made.telegram_token = server.url, server.token
    made.daily_cap = 1_000
    made.timeout_seconds, made.backoff_seconds, made.patience_seconds = 5.0, 0.001, 5.0
    for name, value in given.items():
        setattr(made, name, value)
    return made


def make_run(warehouse, server, now, limits=None, sleep=lambda seconds: None, **given) -> Run:
    """A run whose clock stands still, unless it is a function, and which has no limits to keep."""
    made = settings_of(server, **given)
    clock = now if callable(now) else ticking(now)
    return Run(warehouse, made, channels_of(made), limits or Limits(**UNLIMITED), clock, sleep)


def ticking(now: dt.datetime):
    """A clock that moves a little whenever it is read, so that a backoff passes."""
    count = iter(range(10**9))
    return lambda: now + dt.timedelta(milliseconds=5 * next(count))


@pytest.fixture
def telegram():
    with Server() as server:
        server.overall = server.per_chat = server.per_group = (10**6, 1.0)
        yield server


def texts(server: Server) -> list[str]:
    return [message.text for message in server.messages]


# What a watch sees


def test_a_listing_is_compared_in_the_context_that_every_buyer_sees(shop):
    for context, source in (
        ("sale:channel_marketplace", "sale_price"),
        ("sale:channel_marketplace,buyer_loyalty_3", "sale_price"),
        ("list:standard::1", "prices"),
    ):
        shop.prices(shop.series("MLB1", context, source=source), 100, 90, 90)
    shop.prices(shop.series("MLB2", "list:standard::1", source="prices"), 100, 90)
    shop.watch(item_id="MLB1")
    shop.watch(item_id="MLB2")
    shop.watch(item_id="MLB1", context="sale:channel_marketplace,buyer_loyalty_3")
    shop.watch(item_id="MLB1", is_active=False)
    assert [(row["item_id"], row["context"]) for row in shop.alerts()] == [
        ("MLB1", "sale:channel_marketplace"),
        ("MLB1", "sale:channel_marketplace,buyer_loyalty_3"),
        ("MLB2", "list:standard::1"),
    ]
    shop.execute("update ops.price_watch set watched_from = :now", {"now": START + HOUR})
    assert shop.alerts() == []


def test_a_change_is_told_with_what_was_observed_of_it(shop):
    key = shop.series("MLB1")
    shop.prices(key, 90, 100, 80, None, 80, 100, hours=24, first=-2)
    days = [START.date() - n * DAY for n in range(9)]
    shop.insert("marts.price_days", *({"price_series_key": key, "price_date": d} for d in days))
    shop.insert("marts.product_identity", {"item_id": "MLB1", "variation_id": 0, "product_id": "p"},
                {"item_id": "MLB1", "variation_id": 7, "product_id": "p"})  # fmt: skip
    shop.stocks(("MLB1", "own:0"), (3, 3))
    shop.stocks(("MLB1", "own:7"), (4, 4))
    shop.watch(product_id="p")
    fall, rise = shop.alerts()
    assert (fall["from_price_amount"], fall["to_price_amount"]) == (100, 80)
    assert (fall["changed_at"], fall["seen_until_at"]) == (START, START + 2 * DAY)
    assert (fall["lowest_price_amount"], fall["observed_day_count"]) == (80, 9)
    assert (fall["is_lowest"], fall["is_directly_observed"]) == (True, True)
    assert (fall["lowest_quantity"], fall["highest_quantity"]) == (7, 7)
    assert (rise["from_price_amount"], rise["observed_day_count"]) == (80, 9)
    assert (rise["is_lowest"], rise["unobserved_hours"]) == (False, 24)
    shop.execute("delete from marts.price_days where price_date < :d", {"d": days[3]})
    assert shop.alerts()[0]["is_lowest"] is None


def test_of_a_catalogue_product_the_best_offer_counts(shop, telegram):
    shop.insert("marts.dim_catalog_product",
                {"catalog_product_id": "MLB9", "product_name": "Rede <azul> & verde"})  # fmt: skip
    shop.insert("marts.dim_seller", {"seller_id": 5, "nickname": "CINCO", "is_current": True})
    for item, seller in (("MLB1", 4), ("MLB2", 5)):
        shop.series(item, "offer:MLB9", source="offers", mode="watch",
                    catalog_product_id="MLB9", seller_id=seller)  # fmt: skip
    looks = [  # leader, its price, winner, its price
        ("MLB1", 100, "MLB1", 100), ("MLB2", 100, "MLB1", 100), ("MLB2", 1, "MLB2", 1),
        ("MLB2", 90, "MLB1", 100), (None, None, None, None), ("MLB1", 90, None, None),
    ]  # fmt: skip
    for hour, (leader, price, winner, asked) in enumerate(looks):
        shop.insert("marts.offer_competition", {
            "catalog_product_id": "MLB9", "observed_at": START + (hour - 1) * HOUR,
            "is_complete": price != 1, "seen_offer_count": 2 if leader else 0,
            "leader_item_id": leader, "leader_price_amount": price,
            "winner_item_id": winner, "winner_price_amount": asked,
        })  # fmt: skip
    shop.watch(product_id="MLB9", is_back_in_stock=True)
    shop.watch(product_id="MLB9", context="winner:MLB9", rise_percent=1)
    found = [(row["kind"], row["item_id"], row["changed_at"] - START) for row in shop.alerts()]
    assert sorted(found, key=str) == [
        ("back_in_stock", None, 4 * HOUR),
        ("back_in_stock", None, 4 * HOUR),  # the watch of the winner does not want it
        ("price", "MLB2", 2 * HOUR),
    ]
    assert shop.run(telegram)["sent"] == 2
    assert texts(telegram) == [
        "Rede <azul> & verde\nR$ 100,00 → R$ 90,00 (-10.0 %)\nbest offer, by CINCO\n"
        "seen since 2026-06-01 11:00, the old price until 2026-06-01 09:00",
        "Rede <azul> & verde\nis sold again\n"
        "seen since 2026-06-01 13:00, not in stock until 2026-06-01 12:00",
    ]


def test_back_in_stock_is_told_where_it_is_beyond_doubt(shop, telegram):
    shop.insert("marts.product_identity", {"item_id": "MLB1", "variation_id": 0, "product_id": "p"})
    shop.series("MLB1")
    shop.series("MLB2", "offer:MLB9", source="offers", mode="watch", catalog_product_id="MLB9")
    for item in ("MLB1", "MLB2"):
        shop.watch(item_id=item, is_back_in_stock=True, fall_percent=None)
    shop.stocks(("MLB1", "own:0"), (0, 0), (9, 9), (4, 4), (0, 0), (0, 0), (2, 2))
    shop.stocks(("MLB2", "offer:MLB9"), (1, 50), (51, 100), (50_001, None), (0, 0), (1, 50))
    assert shop.run(telegram)["sent"] == 3
    assert [text.splitlines()[:3] for text in texts(telegram)] == [
        ["MLB1", "back in stock", "9 in stock"],
        ["MLB2", "back in stock", "1 to 50 in stock"],
        ["MLB1", "back in stock", "2 in stock"],
    ]


# Sending


def test_the_past_is_silent_and_nothing_is_told_twice(shop, telegram):
    key = shop.series("MLB1")
    shop.prices(key, 200, 100, first=-5)
    shop.watch(item_id="MLB1")
    assert shop.run(telegram) == Counter(held=0)
    shop.prices(key, 200, 100, 100, 100, 100, 90, first=-5)
    shop.run(telegram)
    assert shop.run(telegram)["sent"] == 0
    # rebuilt, with a look that came late, and with what was remembered lost
    shop.prices(key, 200, 100, 100, 100, 100, 90, 90, first=-5)
    shop.run(telegram)
    shop.execute("delete from ops.watch_state")
    shop.run(telegram)
    (text,) = texts(telegram)
    assert text.splitlines()[:2] == ["MLB1", "R$ 100,00 → R$ 90,00 (-10.0 %)"]


def test_a_dry_run_shows_what_would_be_sent_and_changes_nothing(shop, telegram):
    shop.listings(3, 100, 90, 90)
    before = shop.dump()
    found = preview(shop.warehouse, settings_of(telegram, daily_cap=2), START)
    assert [each[0] for each in found] == ["due", "due", "held"]
    assert shop.dump() == before
    assert telegram.requests == []
    shop.run(telegram)
    assert [shown(each[3]) for each in found] == texts(telegram)


def test_beyond_a_days_worth_a_digest_follows_the_next_day(shop, telegram):
    shop.listings(7, 100, 90, 90)
    shop.watch(item_id="MLB1", destination="2")
    told = shop.run(telegram, START + DAY, daily_cap=4)
    assert (told["sent"], told["held"]) == (5, 3)
    assert shop.run(telegram, START + DAY + HOUR, daily_cap=4)["sent"] == 0
    assert shop.run(telegram, START + 2 * DAY, daily_cap=4)["sent"] == 1
    assert shop.run(telegram, START + 3 * DAY, daily_cap=4)["sent"] == 0
    digest = texts(telegram)[-1]
    assert digest.startswith("3 more alerts of 2026-06-02\n\nMLB")
    named = re.findall(
        r"^MLB\d", "\n".join(m.text for m in telegram.messages if m.chat_id == "1"), re.M
    )
    assert Counter(named) == Counter(f"MLB{n + 1}" for n in range(7))
    assert shop.states() == {"sent": 6, "gathered": 3}


def test_a_digest_that_is_too_long_comes_in_parts(shop, telegram):
    items = {f"MLB{number}{'é' * 190}" for number in range(40)}
    for item in items:
        shop.prices(shop.series(item), 100, 90)
        shop.watch(item_id=item)
    assert shop.run(telegram, START + DAY, daily_cap=1)["held"] == 39
    assert shop.run(telegram, START + 2 * DAY, daily_cap=1)["sent"] > 2
    assert {item for item in items if item in "".join(texts(telegram))} == items
    assert shop.run(telegram, START + 2 * DAY, daily_cap=1)["sent"] == 0


def assert_each_is_sent_once_or_on_record(shop: Shop, server: Server, items: set[str]) -> None:
    """Outbox, chat and dead letters tell the same story."""
    rows = outbox.messages(shop.warehouse)
    taken = Counter(text.splitlines()[0] for text in texts(server))
    assert {shown(row["text"]).splitlines()[0] for row in rows} == items
    assert max(taken.values(), default=0) <= 1
    lost = Counter()
    for row in rows:
        item = shown(row["text"]).splitlines()[0]
        assert row["state"] in ("sent", "uncertain", "dead"), row
        assert taken[item] == 1 or row["state"] != "sent"
        assert taken[item] == 0 or row["state"] != "dead"
        lost[f"message {row['message_id']}"] += row["state"] != "sent"
    assert {letter["location"] for letter in letters(shop.warehouse)} == set(+lost)
    shop.assert_the_letters_match_the_ledger()


def test_killed_at_any_step_it_loses_nothing_and_repeats_nothing(shop, telegram):
    """A child process dies before its n-th statement, commit or request, for every n."""
    items, uncertain, status = set(), 0, signal.SIGKILL
    while status:
        item = f"MLB{len(items) + 1}"
        items.add(item)
        shop.prices(shop.series(item), 100, 90)
        shop.watch(item_id=item)
        child = os.fork()
        if not child:
            try:
                die_at(shop.warehouse, len(items))
                shop.run(telegram)
                os._exit(0)
            finally:
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        assert status in (0, signal.SIGKILL)
        uncertain += shop.run(telegram)["uncertain"]
        assert len(items) < 100
    assert_each_is_sent_once_or_on_record(shop, telegram, items)
    assert len(items) > 20
    assert 2 <= uncertain <= 6  # from the claim to the commit of its answer
    assert len(items) - 6 <= len(telegram.messages) <= len(items)


def die_at(warehouse, step: int) -> None:
    """Let this process die before its n-th statement, commit or request."""
    left = iter(range(step - 1, -1, -1))

    def count(*_: object, **__: object) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for event in ("before_cursor_execute", "commit"):
        sa.event.listen(warehouse.engine, event, count)
    send = requests.Session.send

    def sending(*given, **options):
        count()
        answer = send(*given, **options)
        count()
        return answer

    requests.Session.send = sending


@pytest.mark.parametrize("seed", range(3))
def test_through_faults_each_is_sent_once_or_on_record(shop, telegram, seed):
    telegram.faults, telegram.slow_seconds = random_faults(seed, 0.5), 0.3
    shop.listings(12, 100, 90)
    told = shop.run(telegram, timeout_seconds=0.15)
    assert told["uncertain"] == shop.states()["uncertain"] > 0
    assert_each_is_sent_once_or_on_record(shop, telegram, {f"MLB{n + 1}" for n in range(12)})


def test_who_prefers_a_repeat_to_a_miss_gets_it(shop, telegram):
    telegram.faults = iter(["drop_after", "drop_before", "malformed"])
    shop.listings(1, 100, 90)
    assert shop.run(telegram, repeat_uncertain=True) == Counter(sent=1, held=0)
    assert len(telegram.messages) == 3


def test_two_senders_send_nothing_twice(shop, telegram):
    shop.listings(20, 100, 90)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(shop.run(telegram))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result["sent"] for result in results) == 20
    assert_each_is_sent_once_or_on_record(shop, telegram, {f"MLB{n + 1}" for n in range(20)})


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> dt.datetime:
        return START + 2 * DAY + dt.timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds + 1e-6  # the clock of the run has microseconds


def test_limits_are_kept_so_that_nobody_has_to_ask(shop, telegram):
    time = Time()
    telegram.clock = time
    telegram.overall, telegram.per_chat, telegram.per_group = (30, 1.0), (1, 1.0), (20, 60.0)
    shop.listings(24, 100, 90, destination="-100")
    shop.watch(item_id="MLB1", destination="1")
    shop.run(telegram, time.now, Limits(clock=time), time.sleep, patience_seconds=1)
    assert {status for *_, status in telegram.requests} == {200}
    assert len(telegram.messages) == 25
    assert 60 < time.seconds < 70
    assert telegram.messages[1].at < 0.1  # others do not wait for the group


def test_what_telegram_asks_to_wait_is_waited(shop, telegram):
    time = Time()
    telegram.clock, telegram.per_group = time, (3, 7.0)
    shop.listings(7, 100, 90, destination="-100")
    shop.watch(item_id="MLB1", destination="1")
    told = shop.run(telegram, time.now, sleep=time.sleep, patience_seconds=60, attempts=1)
    assert told["sent"] == 8  # being told to wait is no failed attempt
    refused = [at for at, _, status in telegram.requests if status == 429]
    assert refused
    for at in refused:
        assert not [t for t, *_ in telegram.requests if at < t < at + 7]
    # a pause outlives the run, and holds for messages that are decided on later
    telegram.per_group = (1, 1000.0)
    shop.prices(shop.series("MLB50"), 100, 90)
    shop.watch(item_id="MLB50", destination="-100")
    assert shop.run(telegram, time.now, sleep=time.sleep)["later"] == 1
    asked = len(telegram.requests)
    shop.watch(item_id="MLB50", destination="1")
    assert shop.run(telegram, time.now, sleep=time.sleep)["later"] == 2
    assert len(telegram.requests) == asked
    time.seconds += 1000
    assert shop.run(telegram, time.now, sleep=time.sleep)["sent"] == 2


def test_what_cannot_be_delivered_blocks_nobody_and_can_be_retried(shop, telegram):
    telegram.blocked = {"2"}
    shop.listings(1, 100, 90, destination="2")
    shop.watch(item_id="MLB1", destination="777")
    shop.watch(item_id="MLB1", destination="1")
    shop.watch(item_id="MLB1", channel="pigeon")
    told = shop.run(telegram)
    assert (told["sent"], told["dead"]) == (1, 3)
    said = {letter["error_message"]: letter["http_status"] for letter in letters(shop.warehouse)}
    assert said == {
        "Forbidden: bot was blocked by the user": 403, "Bad Request: chat not found": 400,
        "there is no such channel": None,
    }  # fmt: skip
    shop.assert_the_letters_match_the_ledger()
    blocked = next(r for r in outbox.messages(shop.warehouse) if r["destination"] == "2")
    with pytest.raises(UserError, match="neither dead nor uncertain: 999"):
        outbox.retry(shop.warehouse, [blocked["message_id"], 999], START)
    assert shop.run(telegram)["sent"] == 0
    telegram.blocked = set()
    outbox.retry(shop.warehouse, [blocked["message_id"]], START)
    assert shop.run(telegram)["sent"] == 1
    assert len(letters(shop.warehouse)) == 2
    shop.assert_the_letters_match_the_ledger()

    telegram.faults = iter(["error_500"] * 4)
    shop.prices(shop.series("MLB2"), 100, 90)
    shop.watch(item_id="MLB2")
    assert shop.run(telegram, attempts=3)["dead"] == 1
    assert letters(shop.warehouse)[0]["error_class"] == "given_up"


def test_a_token_that_is_not_taken_loses_nothing_and_is_never_shown(shop, telegram, capsys):
    shop.listings(1, 100, 90)
    token = "123456:unknown-secret"
    problem = "knows no such bot"
    with pytest.raises(UserError, match=problem):
        shop.run(telegram, telegram_token=token)
    with pytest.raises(UserError, match="set ALERTS__TELEGRAM_TOKEN"):
        shop.run(telegram, telegram_token="")
    assert shop.states() == {"due": 1}
    given = {"telegram_url": "http://127.0.0.1:1", "telegram_token": token}
    assert shop.run(telegram, patience_seconds=0, **given)["later"] == 1
    telegram.faults = iter(["drop_before"])
    assert shop.run(telegram, START + 3 * DAY)["uncertain"] == 1
    said = command(capsys, "list", "--json")[1]
    everything = json.dumps([shop.dump(), said], default=str)
    assert "uncertain" in said
    assert "secret" not in everything and telegram.token not in everything
    with variables(ALERTS__TELEGRAM_TOKEN="not a secret"), pytest.raises(UserError) as refused:
        resolved()
    assert "ALERTS__TELEGRAM_TOKEN" in str(refused.value) and "secret" not in str(refused.value)


class _Answer(Handler):
    """Answers all with the same status and body."""

    def do_POST(self) -> None:  # noqa: N802
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, body = self.server.owner.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_CONNECT = do_POST  # noqa: N815


TOO_MANY = b'{"ok": false, "parameters": {"retry_after": %b}}'
REFUSAL = b'{"ok": false, "description": "\\u0000\\ud800no"}'


@pytest.mark.parametrize(
    ("status", "body", "kind", "wait"),
    [
        *((429, TOO_MANY % wait, Later, 1) for wait in (b"0", b"0.5", b"1")),
        *((429, TOO_MANY % wait, Later, 86_400) for wait in (b"1e300", b"9" * 400)),
        *((429, TOO_MANY % w, Later, None) for w in (b"NaN", b"-1", b'"5"', b"true", b"null")),
        *((status, b"<html>", Later, None) for status in (302, 401, 403, 404, 407, 429)),
        (400, b"[" * 100_000, Later, None),
        (400, REFUSAL, Refused, None),
        (200, b"<html>", Uncertain, None),
        (502, b"<html>", Uncertain, None),
    ],
)
def test_what_an_answer_means(status, body, kind, wait):
    with Loopback(_Answer, 0) as server:
        server.answer = status, body
        with pytest.raises(kind) as raised:
            Telegram(server.url, "1:x", 5.0)("1", "x")
    assert type(raised.value) is kind and getattr(raised.value, "wait", None) == wait
    assert str(raised.value).isprintable()


def test_a_proxy_that_lets_nobody_through_has_passed_nothing_on():
    with Loopback(_Answer, 0) as proxy, variables(HTTPS_PROXY=proxy.url, https_proxy=proxy.url):
        proxy.answer = 407, b""
        with pytest.raises(Later, match="cannot be reached"):
            Telegram("https://telegram.invalid", "1:x", 5.0)("1", "x")


def test_a_run_ends_though_telegram_never_stops_asking_to_wait(shop):
    time = Time()
    with Loopback(_Answer, 0) as server:
        server.answer, server.token = (429, TOO_MANY % b"0"), "1:x"
        shop.listings(1, 100, 90)
        told = shop.run(server, time.now, Limits(clock=time), time.sleep, patience_seconds=5)
    assert told["later"] == 1 and time.seconds < 10


def test_parts_arrive_in_order_though_one_is_tried_again(shop, telegram):
    for number in range(40):
        shop.prices(shop.series(f"MLB{number}{'é' * 190}"), 100, 90)
        shop.watch(item_id=f"MLB{number}{'é' * 190}")
    shop.run(telegram, START + DAY, daily_cap=1)
    before, telegram.faults = len(telegram.messages), iter(["error_500", "", "error_500"])
    time = Time()
    sent = shop.run(telegram, time.now, sleep=time.sleep, daily_cap=1, backoff_seconds=1)["sent"]
    assert sent > 2
    expected = shop.execute(
        "select text from ops.alert_outbox where dedupe_key like 'digest%' order by part"
    )
    assert [m.text for m in telegram.messages[before:]] == [parse(row[0]) for row in expected]


class _Hook(Handler):
    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.owner.bodies.append(body)
        self.send_response(self.server.owner.status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def test_apprise_reaches_the_operators_addresses_only(shop, telegram):
    with Loopback(_Hook, 0) as hook:
        hook.bodies, hook.status = [], 200
        address = hook.url.replace("http://", "json://")
        shop.listings(1, 100, 90, channel="apprise", destination="phone")
        shop.watch(item_id="MLB1", channel="apprise", destination=address)
        told = shop.run(telegram, apprise_urls=f"phone={address}")
        assert (told["sent"], told["dead"]) == (1, 1)
        assert hook.bodies[0]["message"].startswith("MLB1\nR$ 100,00 → R$ 90,00")
        channel, hook.status = apprise({"phone": address}), 500
        with pytest.raises(Uncertain):
            channel("phone", "x")
        with pytest.raises(Refused):
            channel(address, "x")
        assert len(hook.bodies) == 2


def command(capsys, *arguments: str) -> tuple[int, str]:
    """Exit code and output of ``armazem alerts …``, in this process, for speed."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", ["armazem", "alerts", *arguments])
        armazem.main()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out + told.err


def test_the_commands_say_what_they_did(shop, telegram, capsys):
    def alerts(*arguments: str) -> tuple[int, str]:
        return command(capsys, *arguments)

    shop.prices(shop.series("MLB1"), 100, 90)
    watch = ("watch", "--user", "maria", "--item", "MLB1", "--fall-percent", "5", "--telegram", "5")
    with variables(**telegram.variables):
        code, made = alerts(*watch)
        assert code == 0 and re.fullmatch(r"[0-9a-f-]{36}\n", made)
        for wrong, said in (
            (("--user", "joana"), "there is no user joana"),
            (("--product", "p"), "give product_id or item_id"),
            (("--fall-percent", "-1"), "fall_percent: Input should be greater than 0"),
            (("--fall-percent", "101"), "fall_percent: Input should be less than or equal to 100"),
            (("--rise-percent", "1001"), "rise_percent: Input should be less than or equal to"),
            (("--rise-percent", "nan"), "rise_percent: "),
            (("--cooldown-minutes", "-1"), "cooldown_minutes: "),
            (("--item", "MLB2"), "MLB2 is not known here"),
            (("--context", "x"), "no price has the context x"),
            (("--apprise", "phone"), "one of --telegram and --apprise"),
        ):
            code, told = alerts(*watch, *wrong)
            assert code == 1 and said in told and told.count("\n") == 1
        shop.execute("update ops.price_watch set watched_from = :at", {"at": START - HOUR / 2})
        assert "due for telegram 5:\n" in alerts("send", "--dry-run")[1]
        code, said = alerts("send")
        assert code == 1 and "1 message is a dead letter: see armazem alerts list" in said
        telegram.chats.add("5")
        assert alerts("retry", "1") == (0, "due again: 1\n")
        assert alerts("send") == (0, "1 sent, 0 later, 0 held\n")
        assert "sent" in alerts("list", "--state", "sent")[1]


def test_a_warehouse_that_was_never_built_says_so(environment, telegram):
    with pytest.raises(UserError, match="run dbt build"):
        make_run(open_warehouse(), telegram, START).run()


# The simulator


def test_the_simulated_telegram_answers_as_the_real_one():
    def ask(chat="1", text="x", token="123456:simulated", method="sendMessage", **more):
        body = {"chat_id": chat, "text": text, "parse_mode": "HTML", **more}
        answer = requests.post(f"{server.url}/bot{token}/{method}", json=body, timeout=5)
        assert answer.json()["ok"] is (answer.status_code == 200)
        return answer.status_code, answer.json().get("description", "")

    with Server(clock=lambda: 0.0) as server:
        server.per_chat = (2, 1.0)
        assert ask(method="getMe")[0] == 200
        assert ask(token="nonsense") == (404, "Not Found")
        assert ask(token="1:wrong") == (401, "Unauthorized")
        assert ask(chat="9") == (400, "Bad Request: chat not found")
        for text in ("<b>x", "x</b>", "<b><i>x</b></i>", "1 < 2", "<h1>x</h1>"):
            assert ask(text=text)[1].startswith("Bad Request: can't parse entities"), text
        assert ask(text="x" * 4097) == (400, "Bad Request: message is too long")
        assert ask(text="<b>" + "&lt;" * 4096 + "</b>") == (200, "")
        assert ask(text=" ") == (400, "Bad Request: message text is empty")
        assert ask() == (200, "")
        assert ask() == (429, "Too Many Requests: retry after 1")
        assert [message.text for message in server.messages] == ["<" * 4096, "x"]
