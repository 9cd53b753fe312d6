"""The routes, by what they tell of."""

from serving.api.routes import health, tokens, watches

ROUTERS = (tokens.router, watches.router, health.router)
