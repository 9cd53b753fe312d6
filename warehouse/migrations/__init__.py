"""Alembic migrations of the ``ops`` schema, run on both engines."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.ddl.impl import DefaultImpl

from warehouse.connection import Warehouse


class DuckDBImpl(DefaultImpl):
    """Alembic knows no DuckDB; its default statements are the ones DuckDB takes."""

    __dialect__ = "duckdb"


def upgrade(warehouse: Warehouse) -> None:
    """Bring the schema ``ops`` to the newest revision; nothing happens when it is there."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["warehouse"] = warehouse
    command.upgrade(config, "head")
