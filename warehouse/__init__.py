"""The database itself: connection, embedded server, operational tables and their migrations.

Every other room reaches PostgreSQL or DuckDB through :class:`Warehouse`.
"""

from warehouse.connection import Warehouse, open_warehouse
from warehouse.errors import UserError

__all__ = ["UserError", "Warehouse", "open_warehouse"]
