"""What a message says, in the HTML that Telegram takes: every line stands for itself.

A message claims only what was observed: the time is when a price was first seen, beside when the
old one was last seen, and "lowest" comes with the number of days that were looked at.
"""

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from html import escape, unescape
from typing import Any

LONGEST = 4096  # characters of a message, as Telegram counts them: without tags, entities as one
LONGEST_TITLE = 200
BRASILIA = dt.timezone(dt.timedelta(hours=-3))  # no summer time since 2019
TAG = re.compile(r"<[^>]*>")


def text_of(fact: dict[str, Any], baseline: Decimal | None) -> str:
    """The message about a row of ``price_alerts``, compared with the price told last."""
    lines = [_title(fact)]
    if fact["kind"] == "price":
        price = fact["to_price_amount"]
        change = 100 * (price - baseline) / baseline if baseline else None
        percent = f" ({change:+.1f} %)" if change is not None else ""
        lines.append(
            f"{money(baseline, fact['currency_id'])} → "
            f"<b>{money(price, fact['currency_id'])}</b>{percent}"
        )
        if fact["from_price_amount"] != baseline:
            lines.append(f"just before: {money(fact['from_price_amount'], fact['currency_id'])}")
        if fact["is_lowest"] and price < baseline:
            lines.append(f"lowest of the {fact['observed_day_count']} days observed in 30")
    else:
        lines.append("<b>is sold again</b>" if fact["is_best_offer"] else "<b>back in stock</b>")
    about = []
    if fact["is_best_offer"] and fact["kind"] == "price":
        about.append("in the buy box" if _is_buy_box(fact) else "best offer")
    if fact["seller_nickname"]:
        about.append(f"by {_plain(fact['seller_nickname'])}")
    if stock := _stock(fact["lowest_quantity"], fact["highest_quantity"]):
        about.append(stock)
    if about:
        lines.append(", ".join(about))
    before = "not in stock" if fact["kind"] == "back_in_stock" else "the old price"
    lines.append(
        f"seen since {_local(fact['changed_at'])}, {before} until"
        f" {_local(fact['previous_observed_at'])}"
    )
    return "\n".join(lines)


def digest_of(texts: list[str], day: dt.date) -> str:
    """One message out of those that were more than a day's worth."""
    return "\n\n".join([f"<b>{len(texts)} more alerts of {day}</b>", *texts])


def money(amount: Decimal, currency: str | None) -> str:
    """An amount as it is written in Brazil: R$ 1.234,56."""
    text = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{'R$' if currency in (None, 'BRL') else _plain(currency)} {text}"


def parts(text: str, longest: int = LONGEST) -> list[str]:
    """The text in messages of whole lines; of a line too long for one only the words are kept."""
    found, room = [[]], longest
    for line in _short_lines(text.split("\n"), longest):
        size = length(line) + 1
        if found[-1] and size > room + 1:
            found, room = [*found, []], longest
        found[-1].append(line)
        room -= size
    whole = ["\n".join(lines).strip("\n") for lines in found]
    return [part for part in whole if shown(part).strip()]


def length(text: str) -> int:
    """Characters as Telegram counts them, at most: UTF-16 units of what is shown."""
    return len(shown(text).encode("utf-16-le")) // 2


def shown(text: str) -> str:
    """The text without its tags and entities."""
    return unescape(TAG.sub("", text))


def _short_lines(lines: Iterable[str], longest: int) -> Iterable[str]:
    for line in lines:
        if length(line) <= longest:
            yield line
            continue
        words = shown(line)
        half = longest // 2  # a character is two units at most
        for start in range(0, len(words), half):
            yield escape(words[start : start + half], quote=False)


def _title(fact: dict[str, Any]) -> str:
    name = fact["title"] or fact["item_id"] or fact["catalog_product_id"]
    title = f"<b>{_plain(name)}</b>"
    if fact["url"]:
        title = f'<a href="{escape(" ".join(fact["url"].split()))}">{title}</a>'
    return title


def _plain(text: str) -> str:
    """Text of others in one line, as text."""
    return escape(" ".join(text.split())[:LONGEST_TITLE], quote=False)


def _is_buy_box(fact: dict[str, Any]) -> bool:
    return fact["context"].startswith("winner:")


def _stock(lowest: int | None, highest: int | None) -> str:
    if lowest is None:
        return ""
    if lowest == highest:
        return f"{lowest} in stock"
    return f"{lowest} to {highest} in stock" if highest else f"at least {lowest} in stock"


def _local(moment: dt.datetime) -> str:
    """A time in UTC as it is read in Brasília."""
    return f"{moment.replace(tzinfo=dt.UTC).astimezone(BRASILIA):%Y-%m-%d %H:%M}"
