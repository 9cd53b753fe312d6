"""A real PostgreSQL and real DuckDB files for the tests.

PostgreSQL is the server the PG* variables name, or an embedded one in a temporary folder; every
test that asks for a warehouse gets a database of its own there.
"""

import os
import tempfile
import uuid
from pathlib import Path

import psycopg
import pytest
from commands import keywords, variables
from marketplace import markets

from warehouse import open_warehouse
from warehouse.connection import LIBPQ_VARIABLES, embedded_server
from warehouse.embedded import EmbeddedServer


def maintenance(server: dict[str, str]) -> dict:
    """How to connect to a server itself."""
    return keywords(server | {"PGDATABASE": "postgres"}) | {"autocommit": True}


@pytest.fixture(scope="session")
def server():
    """The PG* variables of a server; its folder has a space in its name on purpose."""
    given = {name: os.environ[name] for name in LIBPQ_VARIABLES if os.environ.get(name)}
    if given:
        yield {"PGUSER": "postgres", "PGPORT": "5432", "PGHOST": "localhost", **given}
        return
    # not under pytest's own folders: those of a session still running may be cleared by another
    with tempfile.TemporaryDirectory(prefix="armazem test ") as folder:
        embedded = EmbeddedServer(Path(folder))
        embedded.start()
        with psycopg.connect(**maintenance(embedded.environment)) as connection:
            connection.execute("alter system set fsync = off")  # none will outlive the machine
            connection.execute("select pg_reload_conf()")
        yield embedded.environment
        embedded.stop()


@pytest.fixture(scope="session")
def make_environment(server, tmp_path_factory):
    """A function that makes a new warehouse and returns the variables that name it."""
    databases = []
    admin = maintenance(server)

    def make() -> dict[str, str]:
        name = f"armazem_test_{uuid.uuid4().hex[:12]}"
        home = tmp_path_factory.mktemp("home")
        with psycopg.connect(**admin) as connection:
            connection.execute(f"create database {name} template template0")
        databases.append(name)
        return {
            **server,
            "PGDATABASE": name,
            "ARMAZEM_HOME": str(home),
            "ARMAZEM_DUCKDB": str(home / "armazem.duckdb"),
        }

    yield make
    if embedded_server():
        return  # which goes as a whole
    with psycopg.connect(**admin) as connection:
        for name in databases:
            connection.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
def environment(make_environment):
    """The variables of a new warehouse, set in this process."""
    made = make_environment()
    with variables(**made):
        yield made


@pytest.fixture(params=["postgres", "duckdb"])
def warehouse(request, environment):
    """A new, migrated warehouse on each engine."""
    return open_warehouse(request.param)


@pytest.fixture
def market(environment, tmp_path):
    """A function that starts a marketplace over a world, with a warehouse to load it into."""
    with markets(tmp_path) as make:
        yield make
