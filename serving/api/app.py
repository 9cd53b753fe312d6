"""The application: what all routes share, and the routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from serving.api import problems, routes
from serving.api.access import Throttle, Tokens
from serving.api.database import Database
from serving.api.settings import Settings
from serving.api.telemetry import Metrics, Telemetry
from warehouse import Warehouse

DESCRIPTION = """
Companies, prices and sales, out of the marts of a warehouse that is built by dbt.

Lists come in pages: `next` of an answer is the `cursor` of the request for the following one, and
null on the last. Every answer says of when its data is (`as_of`, and the header `Data-Date`).
Errors are `application/problem+json` (RFC 9457). An answer's `ETag` may be sent back in
`If-None-Match`.
"""


def create_app(warehouse: Warehouse, settings: Settings) -> FastAPI:
    """The API of a warehouse on PostgreSQL."""
    database, metrics = Database(warehouse, settings), Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with database.connected():
            yield

    app = FastAPI(
        title="Armazém",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
    )
    app.state.database, app.state.settings, app.state.metrics = database, settings, metrics
    app.state.tokens = Tokens(settings)
    app.state.throttle = Throttle(settings.rate_limit)
    app.state.login_throttle = Throttle(settings.login_rate_limit)
    problems.install(app)
    for router in routes.ROUTERS:  # flat: to look into routers costs a tenth of a request
        app.router.routes.extend(router.routes)
    app.add_middleware(Telemetry, metrics=metrics, max_body_bytes=settings.max_body_bytes)
    if settings.origins():  # around all else: a browser shows no problem without its headers
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins(),
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["ETag", "Data-Date", "X-Request-Id", "Retry-After", "Location"],
        )
    return app
