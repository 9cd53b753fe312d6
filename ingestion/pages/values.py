"""Values as pages write them, made plain; what can be read in two ways is not read at all.

A reader takes a scalar and the object it lies in, and gives its plain text: None where it is none,
Unclear where it may be two. Numbers of JSON come as :class:`Number`, by their digits.
"""

import html
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

LONGEST = 5_000  # characters of a text
_AVAILABILITIES = (
    "in_stock out_of_stock sold_out pre_order pre_sale back_order limited_availability"
    " discontinued in_store_only online_only made_to_order reserved"
)
AVAILABILITIES = {word.replace("_", ""): word for word in _AVAILABILITIES.split()}
_CURRENCY = r"(?:R\$|US\$|\$|€|[A-Z]{3})?"


class Number(str):
    """A number of JSON, which is clear: its dot is decimal."""


class Unclear(Exception):  # noqa: N818
    """A value that may be read in more ways than one."""


def plain(value: str) -> str:
    """A text without markup, entities, control characters and what no database can hold."""
    text = re.sub(r"<[a-zA-Z/!][^<>]*>", " ", html.unescape(value[: LONGEST * 4]))
    return re.sub(r"[\x00-\x20\x7f-\xa0\ud800-\udfff\s]+", " ", text).strip()[:LONGEST].strip()


def _text(value: str, _: Mapping[str, Any]) -> str | None:
    return plain(value) or None


def _gtin(value: str, _: Mapping[str, Any]) -> str | None:
    digits = re.sub(r"[\s-]", "", value)
    if not re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", digits) or not int(digits):
        return None
    weights = [3 if place % 2 == 0 else 1 for place in range(len(digits) - 1)]
    total = sum(int(d) * w for d, w in zip(reversed(digits[:-1]), weights, strict=True))
    return digits if (10 - total % 10) % 10 == int(digits[-1]) else None


def _amount(value: str, _: Mapping[str, Any]) -> str | None:
    amount = _decimal(value)
    if amount is None or amount <= 0:
        return None  # shops write 0 for what they do not sell
    return str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _decimal(value: str) -> Decimal | None:
    """A number with a comma or a dot, and thousands apart. Raises Unclear, as of 1.234."""
    if isinstance(value, Number):
        return Decimal(value) if re.fullmatch(r"\d{1,12}(\.\d{1,20})?", value) else None
    text = plain(value)
    found = re.fullmatch(rf"{_CURRENCY} ?([0-9][0-9.,]{{0,19}}) ?{_CURRENCY}", text)
    if not found:
        return None
    digits = found[1]
    if re.fullmatch(r"\d{1,3}([.,])\d{3}", digits) and not digits.startswith("0"):
        raise Unclear(text)
    if re.fullmatch(r"\d+([.,]\d+)?", digits):
        return Decimal(digits.replace(",", "."))
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d{1,2})?", digits):
        return Decimal(digits.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d{1,2})?", digits):
        return Decimal(digits.replace(",", ""))
    raise Unclear(text)


def _currency(value: str, _: Mapping[str, Any]) -> str | None:
    text = plain(value).upper()
    text = {"R$": "BRL", "US$": "USD", "€": "EUR"}.get(text, text)
    return text if re.fullmatch("[A-Z]{3}", text) else None


def _availability(value: str, _: Mapping[str, Any]) -> str | None:
    last = re.split("[/#]", plain(value).rstrip("/"))[-1]
    return AVAILABILITIES.get(re.sub("[^a-z]", "", last.lower()))


def _rating(value: str, parent: Mapping[str, Any]) -> str | None:
    """On a scale to 5: of another scale, as far as the page tells which."""
    rating, best = _small(value), _small(parent.get("bestRating")) or Decimal(5)
    if rating is None or not 0 < rating <= best:
        return None
    return str((rating * 5 / best).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _small(value: Any) -> Decimal | None:
    text = plain(value).replace(",", ".") if isinstance(value, str) else ""
    return Decimal(text) if re.fullmatch(r"\d{1,3}(\.\d{1,20})?", text) else None


def _count(value: str, _: Mapping[str, Any]) -> str | None:
    text = plain(value)
    if not re.fullmatch(r"\d{1,12}|\d{1,3}([.,]\d{3}){1,3}", text):
        return None
    return str(int(re.sub("[.,]", "", text)))


READERS: dict[str, Callable[[str, Mapping[str, Any]], str | None]] = {
    "text": _text,
    "gtin": _gtin,
    "amount": _amount,
    "currency": _currency,
    "availability": _availability,
    "rating": _rating,
    "count": _count,
}


def key(kind: str, value: str) -> str:
    """What two ways of writing one value have in common."""
    return value.zfill(14) if kind == "gtin" else value.casefold()
