"""The HTTP API: a thin layer over the marts. Queries are SQL files; PostgreSQL makes the JSON."""
