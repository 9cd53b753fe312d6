"""A small warehouse with everything the API tells of, and a real server over it."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
from commands import dbt, variables
from marketplace import CALM, KEY, REDIRECT

from ingestion.cnpj import find_release
from ingestion.cnpj.load import load as load_registry
from ingestion.mercadolivre.load import Loader
from ingestion.mercadolivre.oauth import Accounts
from ingestion.mercadolivre.settings import Settings as Marketplace
from ingestion.reference import Settings as Reference
from ingestion.reference.load import load as load_reference
from serving.api.app import create_app
from serving.api.server import running
from serving.api.settings import settings
from simulators import cnpj, mercadolivre, reference
from warehouse import open_warehouse
from warehouse.secrets import Vault

MODELS = (
    "dim_company", "dim_establishment", "dim_cnae", "dim_municipality", "company_partners",
    "company_status_history", "company_changes", "company_risk", "company_risk_flags",
    "contact_details", "registry_releases", "dim_product", "dim_seller", "dim_region",
    "product_identity", "fact_sales", "dim_catalog_product", "product_price_history",
    "seller_clusters", "load_ledger", "dead_letters", "source_freshness",
)  # fmt: skip
HISTORIES = (
    "company_snapshot", "company_status_snapshot", "establishment_snapshot", "partner_snapshot",
    "simples_snapshot",
)  # fmt: skip


def build(environment: dict[str, str], *models: str) -> None:
    """These models and all that they need, without tests."""
    dbt(
        "build", "--select", *(f"+{model}" for model in models),
        "--exclude-resource-types", "test", "unit_test", "--vars", "{publish_contacts: true}",
        "--no-write-json", "--log-level-file", "none", "--no-populate-cache",  # for speed
        target="postgres", environment=environment,
    )  # fmt: skip


def invented(environment: dict[str, str], folder: Path) -> SimpleNamespace:
    """Two months of 600 companies and two weeks of a marketplace, loaded and built.

    Gives ``environment``, both worlds, ``registry`` and ``market``, as they are at the end, and
    per release its date and the statuses that were published (``published``).
    """
    registry = cnpj.World(companies=600, seed=5, first_month="2026-05")
    releases, published = [], []
    for month in range(2):
        if month:
            registry.tick()
        releases.append(registry.write_release(folder))
        statuses = {row[0]: row[1:] for row in registry.statuses()}
        published.append((registry.extraction_date, statuses))
    active = [row[0] for row in registry.statuses() if row[1] == "02" and row[0][8:12] == "0001"]
    market = mercadolivre.World(
        sellers=3, items=25, products=8, orders_per_day=12, seed=5, cnpjs=active[:2]
    )
    with variables(**environment):
        warehouse = open_warehouse()
        with reference.Server(registry) as publishers:
            given = Reference()
            given.ibge_url, given.tabmun_url = publishers.ibge_url, publishers.tabmun_url
            load_reference(warehouse, given)
        _load_marketplace(warehouse, market, folder)
        for release in releases:
            load_registry(warehouse, find_release([release.path]))
            build(environment, *(HISTORIES if release is releases[0] else MODELS))
    return SimpleNamespace(
        environment=environment, registry=registry, market=market, published=published
    )


def _load_marketplace(warehouse, world: mercadolivre.World, folder: Path) -> None:
    watched = folder / "watched.csv"
    watched.write_text("\n".join(["product_id", *world.products]))
    app, vault = Marketplace(), Vault([KEY])
    with mercadolivre.Server(world, rate_per_hour=10**7, faults=CALM) as server:
        app.client_id, app.client_secret, app.redirect_uri = server.client_id, "secret", REDIRECT
        app.api_url, app.watchlist, app.requests_per_hour = server.url, str(watched), 10**7
        for user in world.accounts:
            Accounts(warehouse, app, vault).add(server.authorize(user, REDIRECT), "")
        for days in (9, 8):
            for _ in range(days):
                world.tick()
            with Loader(warehouse, warehouse, app, vault, backoff=0.002) as loader:
                loader.load()


@contextmanager
def serving(environment: dict[str, str], **options):
    """A client of a server over the warehouse; ``options`` are settings of the API."""
    with variables(**environment):
        found = settings("127.0.0.1")
        for name, value in {"rate_limit": "1000000/minute", **options}.items():
            found[name] = value
        app = create_app(open_warehouse(), found)
    with running(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client
