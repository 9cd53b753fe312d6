"""What the HTTP API adds to the queries it asks, beside pgbench asking the same ones.

A registry and a history of prices are invented, loaded and built. For each endpoint, some requests
are answered once within this process, to see which queries they ask; then as many clients as given
ask `armazem serve` for them, and then pgbench for those queries, prepared, on the same server.

The ratio is of rates per core: requests or transactions per second of processor time, the
database's, and that of the API or of pgbench, which is the least a client of the database can be.
What the client of the API costs is counted apart.

    python -m benchmarks.api [--companies 950000] [--seconds 10] [--clients 8] [--record]
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import httpx
import psycopg
import structlog
from fastapi import FastAPI

from benchmarks import price_history
from benchmarks.builds import build, dbt
from benchmarks.isolated import isolated
from benchmarks.pages import record
from benchmarks.registry import invented, machine
from ingestion.cnpj.load import load
from serving.api.app import create_app
from serving.api.settings import settings
from warehouse import Warehouse, open_warehouse
from warehouse.connection import PROJECT
from warehouse.embedded import BINARIES

PORT = 8765
ASKED = 128  # different requests per endpoint
TICKS = os.sysconf("SC_CLK_TCK")
LISTINGS, DAYS = 20_000, 20
SQL_TYPES = {str: "text", int: "bigint", bool: "boolean", dt.date: "date", dt.datetime: "timestamp"}
# per endpoint: what gives the values of its requests
ENDPOINTS = {
    "/company/{cnpj}": "select cnpj from dim_establishment",
    "/search": """
        select municipality_id as city, left(main_cnae_id, 2) as cnae, 'active' as status
        from dim_establishment
    """,
    "/price-history": "select item_id as item from price_series",
}


@dataclass(frozen=True)
class Measured:
    """Requests per second, milliseconds, and microseconds of processor time per request."""

    rate: float
    p50: float
    p99: float
    database: float
    asking: float  # of the API, or of pgbench

    @property
    def per_core(self) -> float:
        return 1e6 / (self.database + self.asking)


def paths(connection: psycopg.Connection, endpoint: str) -> list[str]:
    """Requests of an endpoint, the same ones every time."""
    values = f"select * from ({ENDPOINTS[endpoint]}) as given order by md5(given::text) limit %s"
    cursor = connection.execute(values, [ASKED])
    names = [column.name for column in cursor.description]
    found = []
    for row in cursor:
        given = dict(zip(names, row, strict=True))
        path = endpoint.format(**given)
        found.append(path if path != endpoint else f"{path}?{urlencode(given)}")
    return found


def asked(app: FastAPI, wanted: Sequence[str]) -> list[list[tuple[str, dict[str, Any]]]]:
    """The queries that each request asks, with their values."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    database, seen = app.state.database, []
    read = database.read

    async def noted(query: str, values: dict[str, Any], **options: Any):
        seen[-1].append((query, values))
        return await read(query, values, **options)

    async def ask() -> None:
        transport = httpx.ASGITransport(app)
        async with database.connected(), httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1"
        ) as client:  # fmt: skip
            for path in wanted:
                seen.append([])
                (await client.get(path)).raise_for_status()

    database.read = noted
    asyncio.run(ask())
    database.read = read
    return seen


def processor(pid: int, children: bool = False) -> float:
    """Seconds of processor time of a process, or of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[13:15] if children else fields[11:13])) / TICKS


class Database:
    """Processor time of the backends of a warehouse's server."""

    def __init__(self, warehouse: Warehouse):
        with psycopg.connect(warehouse.url) as connection:
            data = connection.execute("show data_directory").fetchone()[0]
        self._postmaster = int((Path(data) / "postmaster.pid").read_text().split()[0])
        self._children = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children")

    def seconds(self) -> float:
        """Of all that run, and of those that have ended."""
        total = processor(self._postmaster, children=True)
        for pid in self._children.read_text().split():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                total += processor(int(pid))
        return total


@contextlib.contextmanager
def served() -> Iterator[int]:
    """`armazem serve` in one process, whose number it gives."""
    command = [Path(sys.executable).parent / "armazem", "serve", "--port", str(PORT)]
    server = subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**os.environ, "API__RATE_LIMIT": "1000000000/minute"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while True:
        with contextlib.suppress(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{PORT}/healthz")
            break
        if server.poll() is not None:
            raise RuntimeError("armazem serve ended")
        time.sleep(0.1)
    try:
        yield server.pid
    finally:
        server.terminate()
        server.wait()


def measure_api(
    database: Database, wanted: Sequence[str], clients: int, seconds: float
) -> Measured:
    """Ask the API from a process of its own."""
    with served() as pid:
        for _ in range(2):  # the first time, connections are made and queries prepared
            before = database.seconds(), processor(pid)
            generator = subprocess.run(
                [sys.executable, "-m", "benchmarks.requests", str(PORT), str(clients),
                 str(seconds)],
                input="\n".join(wanted),
                capture_output=True,
                text=True,
                check=True,
                cwd=PROJECT,
            )  # fmt: skip
            after = database.seconds(), processor(pid)
    milliseconds = [float(line) for line in generator.stdout.split()]
    return _measured(milliseconds, seconds, after[0] - before[0], after[1] - before[1])


def measure_pgbench(
    warehouse: Warehouse,
    database: Database,
    queries: Sequence[Sequence[tuple[str, dict[str, Any]]]],
    clients: int,
    seconds: float,
    folder: Path,
) -> Measured:
    """Have pgbench ask the same queries as the same role, one request's after another's."""
    script = folder / "script.sql"
    script.write_text("\n".join([f"\\set n random(1, {len(queries)})", *statements(queries), ""]))
    options = "-c role=reader -c default_transaction_read_only=on -c search_path=marts"
    environment = {**os.environ, **warehouse.environment, "PGOPTIONS": options}
    command = [
        BINARIES / "pgbench", "--no-vacuum", "--protocol=prepared", "--log",
        f"--log-prefix={folder}/log", f"--client={clients}", "--jobs=1",
        "-f", script,
    ]  # fmt: skip
    for duration in (max(1, int(seconds / 5)), int(seconds)):
        for log in folder.glob("log*"):
            log.unlink()
        before = database.seconds(), os.times()
        subprocess.run(
            [*command, f"--time={duration}"], env=environment, check=True, capture_output=True
        )
        after = database.seconds(), os.times()
    lines = [line for log in folder.glob("log*") for line in log.read_text().splitlines()]
    milliseconds = [int(line.split()[2]) / 1000 for line in lines]
    own = sum(after[1][2:4]) - sum(before[1][2:4])
    return _measured(milliseconds, duration, after[0] - before[0], own)


def statements(queries: Sequence[Sequence[tuple[str, dict[str, Any]]]]) -> Iterator[str]:
    """What all requests ask, as pgbench takes it: values are those of the request number ``n``."""
    for asked_together in zip(*queries, strict=True):
        (query,) = {query for query, _ in asked_together}
        values = {
            name: _chosen([given[name] for _, given in asked_together])
            for name in asked_together[0][1]
        }
        lines = (line for line in query.splitlines() if not line.lstrip().startswith("--"))
        yield " ".join(" ".join(lines).split()).rstrip(";") % values + ";"


def _chosen(values: list[Any]) -> str:
    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        return "null"
    shown = ", ".join("null" if v is None else f"'{v}'".replace(":", "\\:") for v in values)
    return f"(cast(array[{shown}] as {SQL_TYPES[kinds.pop()]}[]))[:n]"


def _measured(milliseconds: list[float], seconds: float, database: float, asking: float):
    count = len(milliseconds)
    cuts = statistics.quantiles(milliseconds, n=100)
    return Measured(
        count / seconds, cuts[49], cuts[98], 1e6 * database / count, 1e6 * asking / count
    )


def prepare(companies: int) -> Warehouse:
    """A warehouse with a registry of so many companies, and a history of prices."""
    warehouse = open_warehouse()
    load(warehouse, invented(companies))
    build(warehouse, "--exclude", "source:mercadolivre+", "--exclude-resource-type", "test")
    price_history.index(warehouse)
    price_history.observe(warehouse, LISTINGS, 1, DAYS)
    dbt(warehouse, "run", "--select", *price_history.MODELS)
    with psycopg.connect(warehouse.url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return warehouse


def table(figures: dict[str, tuple[Measured, Measured]], establishments: int) -> str:
    """What was measured, in Markdown."""
    lines = [
        f"Measured {dt.date.today()} on {machine()}, with {establishments:,} establishments.",
        "",
        "| endpoint | | per second | p50, ms | p99, ms | database, µs | API or pgbench, µs |"
        " per core and second | ratio |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for endpoint, (api, bench) in figures.items():
        for name, each, ratio in (
            ("API", api, f"**{api.per_core / bench.per_core:.2f}**"),
            ("pgbench", bench, ""),
        ):
            lines.append(
                f"| {f'`{endpoint}`' if each is api else ''} | {name} | {each.rate:,.0f} |"
                f" {each.p50:.2f} | {each.p99:.2f} | {each.database:.0f} | {each.asking:.0f} |"
                f" {each.per_core:,.0f} | {ratio} |"
            )
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--companies", type=int, default=950_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--record", action="store_true", help="write docs/performance.md")
    given = parser.parse_args()
    invented(given.companies)  # before the folder of releases is another
    with isolated() as folder:
        warehouse = prepare(given.companies)
        database = Database(warehouse)
        figures = {}
        with psycopg.connect(warehouse.url, options="-c search_path=marts") as connection:
            establishments = "select count(*) from dim_establishment"
            (establishments,) = connection.execute(establishments).fetchone()
            wanted = {endpoint: paths(connection, endpoint) for endpoint in ENDPOINTS}
        for number, (endpoint, each) in enumerate(wanted.items()):
            Random(1).shuffle(each)
            queries = asked(create_app(warehouse, settings()), each)
            scripts = folder / f"pgbench{number}"
            scripts.mkdir()
            figures[endpoint] = (
                measure_api(database, each, given.clients, given.seconds),
                measure_pgbench(
                    warehouse, database, queries, given.clients, given.seconds, scripts
                ),
            )
    print(table(figures, establishments))
    if given.record:
        record("performance.md", "api", table(figures, establishments))


if __name__ == "__main__":
    main()
