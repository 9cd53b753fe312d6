"""Which catalogue products to watch: a CSV that the user fills, with a column ``product_id``."""

import csv
import re
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
    except (OSError, UnicodeError, csv.Error) as error:
        why = "no such file" if isinstance(error, FileNotFoundError) else "no CSV in UTF-8"
        raise UserError(f"watch-list {path}: {why}: check MERCADOLIVRE__WATCHLIST") from None
    if wrong := [id for id in ids if id and not re.fullmatch("[A-Z]{3}[0-9]+", id)]:
        raise UserError(f"watch-list {path}: {wrong[0]!r} is no product, as in MLB12345678")
    return tuple(dict.fromkeys(id for id in ids if id))
