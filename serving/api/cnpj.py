"""CNPJs as people write them: with punctuation or without, in capitals or small letters."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path

from serving.api.problems import flawed

PUNCTUATION = re.compile(r"[./\-\s]")
WHOLE, ROOT = re.compile(r"[0-9A-Z]{12}[0-9]{2}"), re.compile(r"[0-9A-Z]{8}")


@dataclass(frozen=True)
class Cnpj:
    """A company, and the establishment if one is named."""

    company_id: str
    cnpj: str | None = None


def parse(text: str) -> Cnpj:
    """A CNPJ, or the root of one. Raises ValueError, which says what is wrong."""
    plain = PUNCTUATION.sub("", text).upper() if text.isascii() else ""
    if ROOT.fullmatch(plain):
        return Cnpj(plain)
    if not WHOLE.fullmatch(plain):
        raise ValueError("must be 14 digits and letters, or the first 8, as in 11.222.333/0001-81")
    if plain[12:] != check_digits(plain[:12]):
        raise ValueError("is mistyped: its last two digits do not fit the rest")
    return Cnpj(plain[:8], plain)


def check_digits(base: str) -> str:
    """Those of the first 12 characters; a letter counts as its ASCII code less 48."""
    for _ in range(2):
        weighted = (index % 8 + 2 for index in range(len(base)))
        total = sum(weight * (ord(c) - 48) for weight, c in zip(weighted, base[::-1], strict=True))
        base += str(10 * total % 11 % 10)
    return base[-2:]


def masked(cnpj: str) -> str:
    """As it is printed."""
    return f"{cnpj[:2]}.{cnpj[2:5]}.{cnpj[5:8]}/{cnpj[8:12]}-{cnpj[12:]}"


async def _asked(
    cnpj: Annotated[
        str,
        Path(
            max_length=30,
            description="With punctuation or without; the first 8 characters mean the company"
            " and its headquarters.",
            examples=["11.222.333/0001-81"],
        ),
    ],
) -> Cnpj:
    try:
        return parse(cnpj)
    except ValueError as error:
        raise flawed("cnpj", str(error)) from None


Asked = Annotated[Cnpj, Depends(_asked)]
