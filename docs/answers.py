"""Picture what an analysis answers: ``python -m docs.answers``, after ``make demo``.

Reads the warehouse as a reader does and writes docs/pictures/<analysis>.svg. The README's pictures
are of the demo's invented data.
"""

import io
import re

from rich.console import Console
from rich.table import Table
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from warehouse import open_warehouse
from warehouse.connection import PROJECT
from warehouse.reader import read

PICTURED = {
    "price_drift_over_time": (
        "title", "context", "first_price_amount", "last_price_amount", "drift_share",
        "lowest_price_amount", "highest_price_amount", "observed_share",
    ),
}  # fmt: skip
ROWS = 12


def picture(analysis: str, columns: tuple[str, ...]) -> str:
    """An SVG of the first rows of the answer, with the question as its title."""
    question, _, query = (PROJECT / "analyses" / f"{analysis}.sql").read_text().partition("\n")
    names, rows = read(open_warehouse(migrate=False), query)
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    shown = [dict(zip(names, row, strict=True)) for row in rows[:ROWS]]
    for name in columns:
        is_text = any(isinstance(row[name], str) for row in shown)
        table.add_column(name, justify="left" if is_text else "right", no_wrap=True)
    for row in shown:
        table.add_row(*(str(row[name]) for name in columns))
    console = Console(record=True, width=170, file=io.StringIO())
    console.print(table)
    title = question.removeprefix("-- ")
    drawn = console.export_svg(title=title, theme=DEFAULT_TERMINAL_THEME, unique_id=analysis)
    return re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)  # fetched from elsewhere


def main() -> None:
    for analysis, columns in PICTURED.items():
        path = PROJECT / "docs" / "pictures" / f"{analysis}.svg"
        path.write_text(picture(analysis, columns))
        print(path.relative_to(PROJECT))


if __name__ == "__main__":
    main()
