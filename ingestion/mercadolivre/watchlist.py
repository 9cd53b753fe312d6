"""Which catalogue products to watch: a CSV that the user fills, with a column ``product_id``."""

import csv
from pathlib import Path

from warehouse import UserError


def watchlist(path: str | None) -> tuple[str, ...]:
    """The products of the file, each once. Raises UserError when it is no such file."""
    if not path:
        return ()
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if "product_id" not in (rows.fieldnames or ()):
                raise UserError(f"{path}: a column product_id is needed")
            ids = [(row["product_id"] or "").strip() for row in rows]
    except FileNotFoundError:
        raise UserError(f"there is no watch-list {path}: check MERCADOLIVRE__WATCHLIST") from None
    return tuple(dict.fromkeys(id for id in ids if id))
