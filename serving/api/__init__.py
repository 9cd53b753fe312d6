"""The HTTP API: a thin layer over the marts. Queries are SQL files; PostgreSQL makes the JSON."""

from serving.api.app import create_app
from serving.api.settings import Settings, settings

__all__ = ["Settings", "create_app", "settings"]
