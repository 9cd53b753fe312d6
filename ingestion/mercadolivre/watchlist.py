"""Which catalogue products to watch: a CSV that the user fills, with a column ``product_id``."""

from ingestion.watchlist import read_rows, require_product


def watchlist(path: str | None) -> tuple[str, ...]:
    """The products of the file, each once. Raises UserError when it is no such file."""
    if not path:
        return ()
    rows = read_rows(path, ["product_id"], "MERCADOLIVRE__WATCHLIST")
    ids = tuple(dict.fromkeys(row["product_id"] for row in rows if row["product_id"]))
    for product_id in ids:
        require_product(path, product_id)
    return ids
