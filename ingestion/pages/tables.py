"""The tables of ``raw_pages``: columns as dlt's hints, and what a row replaces."""

from typing import Any

_PAGE = {"product_id": "text", "url": "text", "observed_at": "timestamp"}
COLUMNS: dict[str, dict[str, str]] = {
    # every answer to a request for a page, whatever it was
    "observations": _PAGE
    | {
        "domain": "text",
        "outcome": "text",  # read, unchanged, or the class of its dead letter
        "http_status": "bigint",
        "final_url": "text",
        "found_in": "text",  # json_ld or meta
        "json_ld_blocks": "bigint",
        "invalid_blocks": "bigint",
        "etag": "text",
        "last_modified": "text",
        "parser": "bigint",  # version of the reading
    },
    # what was read, a row per attribute
    "attributes": _PAGE | {"attribute": "text", "value": "text"},
    # every @type of its JSON-LD
    "types": _PAGE | {"type": "text"},
    # a cache: robots.txt, and until when a host wants to be left alone
    "hosts": {
        "origin": "text",
        "robots": "text",
        "robots_at": "timestamp",
        "retry_at": "timestamp",
    },
}
KEYS: dict[str, tuple[str, ...]] = {
    "observations": ("product_id", "url", "observed_at"),
    "attributes": ("product_id", "url", "observed_at", "attribute"),
    "types": ("product_id", "url", "observed_at", "type"),
    "hosts": ("origin",),
}
Rows = dict[str, list[dict[str, Any]]]


def hints(table: str) -> dict[str, dict[str, Any]]:
    """The columns of a table for dlt; those of its key are never null."""
    return {
        name: {"data_type": kind, "nullable": name not in KEYS[table]}
        for name, kind in COLUMNS[table].items()
    }
