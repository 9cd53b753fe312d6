"""A new warehouse for a benchmark, on both engines, that is gone when it ends."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.connection import LIBPQ_VARIABLES, embedded_server


@contextmanager
def isolated() -> Iterator[Path]:
    """A folder; until it is left, this process and its children see no warehouse but its own."""
    before = dict(os.environ)
    for name in LIBPQ_VARIABLES:
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="armazem-bench-") as folder:
        os.environ.update(ARMAZEM_HOME=folder, ARMAZEM_DUCKDB=f"{folder}/armazem.duckdb")
        try:
            yield Path(folder)
        finally:
            embedded_server().stop()
            os.environ.clear()
            os.environ.update(before)
