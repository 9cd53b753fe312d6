"""What a page may tell of a product, and where: ``seeds/page_attributes.csv``, dbt's seed too."""

import csv
from dataclasses import dataclass

from warehouse.connection import PROJECT

FILE = PROJECT / "seeds" / "page_attributes.csv"


@dataclass(frozen=True)
class Attribute:
    """One attribute. ``kind`` says how its values are read (:mod:`ingestion.pages.values`)."""

    name: str
    kind: str
    json_ld: tuple[tuple[str, ...], ...]  # paths inside a schema.org Product
    meta: tuple[str, ...]  # properties of <meta>
    api: str | None  # what the API calls it (ingestion.pages.known); None where it never tells


def _attributes() -> tuple[Attribute, ...]:
    with FILE.open(newline="", encoding="utf-8") as file:
        return tuple(
            Attribute(
                row["attribute"],
                row["kind"],
                tuple(tuple(path.split(".")) for path in row["json_ld"].split()),
                tuple(row["meta"].split()),
                row["api"] or None,
            )
            for row in csv.DictReader(file)
        )


ATTRIBUTES = _attributes()
