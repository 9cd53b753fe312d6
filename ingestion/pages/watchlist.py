"""Which pages to look at: a CSV that the user fills, with columns ``product_id`` and ``url``."""

from dataclasses import dataclass, fields

from ingestion.pages.hosts import domain
from ingestion.watchlist import read_rows, require_product


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
    rows = read_rows(path, ["product_id", "url"], "PAGES__WATCHLIST")
    pages = [Page(*(row.get(column.name, "") for column in fields(Page))) for row in rows]
    pages = [page for page in pages if page.product_id or page.url]
    for page in pages:
        require_product(path, page.product_id)
    return list({(page.product_id, page.url): page for page in pages}.values())
