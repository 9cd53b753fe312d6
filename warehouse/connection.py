"""Where the warehouse is, and how to reach it.

With any of the libpq variables ``PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE`` set, that server is
the warehouse. With none of them, the embedded server is, started when needed. The defaults here
and in ``profiles.yml`` are the same ones.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import duckdb
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from warehouse.embedded import DATABASE, USER, EmbeddedServer
from warehouse.errors import UserError, first_line

PROJECT = Path(__file__).resolve().parents[1]
Target = Literal["postgres", "duckdb"]
LIBPQ_VARIABLES = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")
OLDEST_SERVER = 150000


def home() -> Path:
    """The folder of everything the project makes: ``.armazem`` under the project's own."""
    return Path(os.environ.get("ARMAZEM_HOME") or PROJECT / ".armazem").absolute()


def embedded_server() -> EmbeddedServer | None:
    """The embedded server, or None when libpq variables name another one."""
    if any(os.environ.get(name) for name in LIBPQ_VARIABLES):
        return None
    return EmbeddedServer(home())


@dataclass(frozen=True)
class Warehouse:
    """One database, on either engine. Connections are made on demand and never pooled."""

    target: Target
    engine: sa.Engine
    url: str  # as dlt takes it: a PostgreSQL URL, or the path of the DuckDB file
    environment: dict[str, str]  # what a child process (dbt, psql) needs to reach it

    @property
    def is_postgres(self) -> bool:
        return self.target == "postgres"

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction on a connection of its own."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def work_folder(self, name: str) -> Iterator[Path]:
        """An empty folder for a load of ``name``; what killed ones left behind is removed."""
        folder = home() / "work" / f"{name}-{self.target}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            yield Path(work)

    @contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """Hold the right to load ``name``; a second holder gets a UserError at once."""
        busy = f"another load of {name} is running: wait for it to end"
        if not self.is_postgres:  # DuckDB's own lock is held per connection, a load makes several
            with Path(f"{self.url}.lock").open("w") as lock_file:
                try:
                    fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise UserError(busy) from None
                yield
            return
        with self.engine.connect() as connection:
            lock = sa.text("select pg_try_advisory_lock(hashtext('armazem'), hashtext(:name))")
            if not connection.scalar(lock, {"name": name}):
                raise UserError(busy)
            connection.commit()  # the lock is the session's; an idle transaction would block vacuum
            try:
                yield
            finally:  # the server notices the end of a session a little late
                unlock = sa.text("select pg_advisory_unlock(hashtext('armazem'), hashtext(:name))")
                connection.execute(unlock, {"name": name})
                connection.commit()


def open_warehouse(target: Target = "postgres", migrate: bool = True) -> Warehouse:
    """Reach the warehouse (starting the embedded server if it is the one) and migrate ``ops``.

    Raises UserError, in one line, when it cannot be reached or is older than PostgreSQL 15.
    """
    warehouse = _open_postgres() if target == "postgres" else _open_duckdb()
    if migrate:
        from warehouse.migrations import upgrade

        upgrade(warehouse)
    return warehouse


def _open_duckdb() -> Warehouse:
    path = Path(os.environ.get("ARMAZEM_DUCKDB") or home() / "armazem.duckdb").absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(f"duckdb:///{path}", poolclass=NullPool)
    try:
        if not path.exists():
            create_duckdb(path)
        with engine.connect():
            pass
    except (sa.exc.DBAPIError, duckdb.Error) as error:
        raise UserError(f"cannot open {path}: {first_line(error)}") from error
    return Warehouse("duckdb", engine, str(path), {"ARMAZEM_DUCKDB": str(path)})


def create_duckdb(path: Path) -> None:
    """An empty file, in the oldest format that costs a third less to write than the default."""
    with duckdb.connect() as connection:
        quoted = str(path).replace("'", "''")
        connection.execute(f"attach '{quoted}' (storage_version 'v1.4.0')")


def _open_postgres() -> Warehouse:
    server = embedded_server()
    if server:
        server.start()
        _create_database(server)
        environment = server.environment
    else:
        environment = {name: os.environ[name] for name in LIBPQ_VARIABLES if os.environ.get(name)}
        environment.setdefault("PGUSER", USER)
        environment.setdefault("PGDATABASE", DATABASE)
        environment.setdefault("PGHOST", "localhost")
        environment.setdefault("PGPORT", "5432")
    engine = _engine(environment)
    try:
        with engine.connect() as connection:
            version = connection.connection.driver_connection.info.server_version
    except sa.exc.OperationalError as error:
        raise UserError(
            f"cannot reach PostgreSQL: {first_line(error)}; check the PG* variables,"
            " or unset them to use the embedded server"
        ) from error
    if version < OLDEST_SERVER:
        raise UserError(f"PostgreSQL 15 or newer is needed; this server is {version // 10000}")
    return Warehouse("postgres", engine, _url(environment), environment)


def connection_keywords(environment: dict[str, str]) -> dict:
    """The libpq variables as psycopg takes them; sessions are in UTC."""
    return {
        "host": environment["PGHOST"],
        "port": environment["PGPORT"],
        "user": environment["PGUSER"],
        "password": environment.get("PGPASSWORD"),
        "dbname": environment["PGDATABASE"],
        "options": "-c timezone=UTC",
        "connect_timeout": 10,
    }


def _engine(environment: dict[str, str], **options: str) -> sa.Engine:
    # Keywords, not a URL: SQLAlchemy does not decode the host, which may be a socket's folder.
    keywords = connection_keywords(environment)
    return sa.create_engine(
        "postgresql+psycopg://", poolclass=NullPool, connect_args=keywords, **options
    )


def _url(environment: dict[str, str]) -> str:
    """A URL of the libpq variables; a socket folder becomes a percent-encoded host."""
    user = quote(environment["PGUSER"], safe="")
    password = quote(environment.get("PGPASSWORD", ""), safe="")
    host, port = quote(environment["PGHOST"], safe=""), environment["PGPORT"]
    database = quote(environment["PGDATABASE"], safe="")
    return f"postgresql://{user}:{password}@{host}:{port}/{database}"


def _create_database(server: EmbeddedServer) -> None:
    maintenance = {**server.environment, "PGDATABASE": "postgres"}
    engine = _engine(maintenance, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = sa.text("select 1 from pg_database where datname = :name")
        if not connection.scalar(known, {"name": DATABASE}):
            connection.execute(sa.text(f"create database {DATABASE}"))
