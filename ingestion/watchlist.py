"""Watch-lists: CSVs that the user fills, with a row per watched product."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from warehouse import UserError


def read_rows(path: str, needed: Sequence[str], variable: str) -> list[dict[str, str]]:
    """The rows of a CSV by column, without the blanks around their values.

    Raises UserError when it is no CSV, or lacks one of the ``needed`` columns; ``variable`` is the
    setting that names it.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file, restkey="")
            if not set(needed) <= set(rows.fieldnames or ()):
                what = "columns {} are" if len(needed) > 1 else "a column {} is"
                raise UserError(f"{path}: {what.format(' and '.join(needed))} needed")
            return [{n: (v or "").strip() for n, v in row.items() if n} for row in rows]
    except (OSError, UnicodeError, csv.Error) as error:
        why = "no such file" if isinstance(error, FileNotFoundError) else "no CSV in UTF-8"
        raise UserError(f"watch-list {path}: {why}: check {variable}") from None


def require_product(path: str, product_id: str) -> None:
    """Raise UserError unless it is the id of a product of the catalogue."""
    if not re.fullmatch("[A-Z]{3}[0-9]+", product_id):
        raise UserError(f"watch-list {path}: {product_id!r} is no product, as in MLB12345678")
