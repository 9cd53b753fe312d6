"""Which pages to look at: a CSV that the user fills, with columns ``product_id`` and ``url``."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from ingestion.pages.hosts import domain
from warehouse import UserError


@dataclass(frozen=True)
class Page:
    """A page of a watched product; ``gtin`` and ``sku`` tell it from others on the same page."""

    product_id: str
    url: str
    gtin: str = ""
    sku: str = ""

    def __str__(self) -> str:
        return f"{self.product_id} {self.url}"

    @property
    def domain(self) -> str:
        """Its host; the address itself where it has none."""
        try:
            return domain(self.url) or self.url
        except ValueError:
            return self.url


def watchlist(path: str | None) -> list[Page]:
    """The pages of the file, each once. Raises UserError when it is no such file."""
    if not path:
        return []
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if not {"product_id", "url"} <= set(rows.fieldnames or ()):
                raise UserError(f"{path}: columns product_id and url are needed")
            names = ("product_id", "url", "gtin", "sku")
            pages = [Page(*((row.get(name) or "").strip() for name in names)) for row in rows]
    except (OSError, UnicodeError, csv.Error) as error:
        why = "no such file" if isinstance(error, FileNotFoundError) else "no CSV in UTF-8"
        raise UserError(f"watch-list {path}: {why}: check PAGES__WATCHLIST") from None
    pages = [page for page in pages if page.product_id or page.url]
    for page in pages:
        if not re.fullmatch("[A-Z]{3}[0-9]+", page.product_id):
            raise UserError(
                f"watch-list {path}: {page.product_id!r} is no product, as in MLB12345678"
            )
    return list({(page.product_id, page.url): page for page in pages}.values())
