"""Parameters that several routes take."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import Query, Security
from pydantic import AfterValidator, BeforeValidator, StringConstraints

from serving.api.access import client

READ = [Security(client, scopes=["read"])]
OPERATE = [Security(client, scopes=["operate"])]


def _not_in_the_future(day: dt.date) -> dt.date:
    if day > dt.datetime.now(dt.UTC).date():
        raise ValueError("is in the future")
    return day


def _capitals(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


PastDay = Annotated[dt.date, AfterValidator(_not_in_the_future)]
Uf = Annotated[
    Literal[
        "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA", "PB",
        "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO", "EX",
    ],
    BeforeValidator(_capitals),
]  # fmt: skip
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
OptionalUf = Annotated[Uf | None, Query(description="State; EX is abroad.", examples=["SP"])]
