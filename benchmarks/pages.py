"""Pages of the documentation whose figures a benchmark writes, between two marks."""

from warehouse.connection import PROJECT


def record(page: str, name: str, text: str) -> None:
    """Put ``text`` between the marks ``<!-- name: begin ... -->`` and ``<!-- name: end -->``."""
    path = PROJECT / "docs" / page
    before, rest = path.read_text().split(f"<!-- {name}: begin", 1)
    mark = rest.partition("-->\n")[0]
    after = rest.split(f"<!-- {name}: end -->", 1)[1]
    path.write_text(f"{before}<!-- {name}: begin{mark}-->\n\n{text}\n<!-- {name}: end -->{after}")
