"""The routes, by what they tell of."""

from serving.api.routes import (
    changes,
    companies,
    compatible,
    health,
    operations,
    products,
    sales,
    search,
    sellers,
    tokens,
    watches,
)

ROUTERS = (
    companies.router,
    search.router,
    changes.router,
    compatible.router,
    products.router,
    sellers.router,
    sales.router,
    watches.router,
    tokens.router,
    operations.router,
    health.router,
)
