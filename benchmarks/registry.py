"""What loading and building the registry costs, beside what the engines themselves could do.

Invented releases are made once and kept under ``.armazem/bench``. All is measured in one run,
each load right after its limit, in processes and warehouses of their own:

- limit: the engine's own bulk command on the same rows, unzipped, checked and cut for it before;
- load: zips to ``raw_cnpj``, checks, ledger and dead letters included;
- build: all of dbt that needs no other source, tests included, at several sizes;
- snapshot: the history's, month after month.

    python -m benchmarks.registry [--companies 1700000] [--builds 20000 190000 950000]

Prints tables, writes ``.armazem/bench.json``; ``--record`` puts them into docs/performance.md too.
"""

import argparse
import csv
import datetime as dt
import json
import multiprocessing
import os
import platform
import resource
import shutil
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import duckdb
import psycopg
import sqlalchemy as sa

from benchmarks.builds import build
from benchmarks.isolated import isolated
from benchmarks.pages import record
from ingestion.cnpj import Release, find_release
from ingestion.cnpj.fill import create_tables
from ingestion.cnpj.layout import KINDS
from ingestion.cnpj.load import load
from ingestion.cnpj.pieces import cut
from ingestion.cnpj.release import ReleaseFile
from ingestion.cnpj.rows import DELIMITER, check
from simulators.cnpj import World, simulate
from warehouse import open_warehouse
from warehouse.connection import create_duckdb, home

REAL_ROWS = 222_197_006  # of the release 2026-09
REAL_ESTABLISHMENTS = 73_366_147
ROUNDS = 3
MONTHS = 12
TARGETS = ("postgres", "duckdb")


# Data


def invented(companies: int) -> Release:
    """A release of so many companies, made when it is not there yet."""
    folder = home() / "bench" / f"{companies}"
    if not (folder / "truth.json").exists():  # written last
        shutil.rmtree(folder, ignore_errors=True)
        simulate(folder, companies, 1, 1, "2026-05")
    return find_release([folder / "2026-05"])


def unzipped(release: Release) -> list[ReleaseFile]:
    """The well-formed rows of every file as quoted CSV in UTF-8, which any bulk command takes."""
    folder = release.files[0].path.parents[1] / "bare"
    folder.mkdir(exist_ok=True)
    bare = []
    for file in release.files:
        path = folder / f"{file.path.stem}.csv"
        if not path.exists():
            part = path.with_suffix(".part")
            with part.open("w", encoding="utf8", newline="") as target:
                quoted = {"delimiter": ";", "quoting": csv.QUOTE_ALL, "lineterminator": "\n"}
                writer = csv.writer(target, **quoted)
                for piece in cut(file):
                    checked = check(file.kind, piece.data)
                    plain = checked.plain.decode().split("\n")[:-1]
                    writer.writerows(row.split(DELIMITER) for row in plain)
                    writer.writerows(checked.special)
            part.rename(path)
        bare.append(ReleaseFile(path, file.kind, file.archive, None, path.stat().st_size))
    return bare


# Measuring


def apart(work: Callable, *arguments) -> dict:
    """What ``work`` returns, measured in a process of its own: seconds and peak RSS in MB."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_apart, args=(there, work, arguments))
    process.start()
    there.close()
    try:
        return here.recv()
    finally:
        process.join()


def _apart(pipe, work: Callable, arguments: tuple) -> None:
    started = time.monotonic()
    result = work(*arguments)
    seconds = time.monotonic() - started
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send({"rows": result, "seconds": seconds, "rss_mb": rss})


def copy_bare(files: list[ReleaseFile]) -> int:
    """Plain COPY into plain text tables, on as many connections as there are cores."""
    warehouse = open_warehouse()
    with warehouse.begin() as connection:
        connection.execute(sa.text("drop schema if exists bare cascade"))
        connection.execute(sa.text("create schema bare"))
        for statement in create_tables("bare.{}".format, unlogged=False):
            connection.execute(sa.text(statement))
    pieces, lock, rows = (piece for file in files for piece in cut(file)), Lock(), []

    def copy() -> None:
        with psycopg.connect(warehouse.url, autocommit=True) as connection:
            piece = take()
            while piece:
                kind = piece.file.kind
                with connection.cursor() as cursor:
                    command = f"copy bare.{kind.table} from stdin (format csv, delimiter ';')"
                    with cursor.copy(command) as stream:
                        while piece and piece.file.kind == kind:
                            stream.write(piece.data)
                            piece = take()
                    rows.append(cursor.rowcount)

    def take():
        with lock:
            return next(pieces, None)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for job in [pool.submit(copy) for _ in range(os.cpu_count())]:
            job.result()
    return sum(rows)


def read_bare(files: list[ReleaseFile], path: str) -> int:
    """DuckDB's own reader into tables, on all cores."""
    Path(path).unlink(missing_ok=True)
    create_duckdb(Path(path))
    rows = 0
    with duckdb.connect(path) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set enable_progress_bar = false")
        for kind in KINDS:
            paths = [str(file.path) for file in files if file.kind == kind]
            columns = ", ".join(f"'{column}': 'varchar'" for column in kind.columns)
            connection.execute(
                f"create table {kind.table} as from read_csv({paths}, auto_detect=false,"
                f" header=false, delim=';', quote='\"', escape='\"', new_line='\\n',"
                f" columns={{{columns}}})"
            )
            rows += connection.execute(f"select count(*) from {kind.table}").fetchone()[0]
    return rows


def load_release(target: str, folder: Path) -> int:
    return load(open_warehouse(target), find_release([folder])).total("loaded_rows")


def disk_mb(target: str) -> float:
    """What the warehouse holds, of everything."""
    if target == "duckdb":
        return Path(os.environ["ARMAZEM_DUCKDB"]).stat().st_size / 2**20
    with open_warehouse().begin() as connection:
        size = sa.text("select pg_database_size(current_database())")
        return connection.scalar(size) / 2**20


# What is measured


def measure_loads(release: Release) -> dict[str, dict]:
    """Per engine: medians of limit and load, and of their ratio round by round."""
    files, folder = unzipped(release), release.files[0].path.parent
    found = {}
    for target in TARGETS:
        rounds = []
        with isolated() as path:
            open_warehouse(target)
            for _ in range(ROUNDS):
                if target == "postgres":
                    limit = apart(copy_bare, files)
                    with open_warehouse().begin() as connection:
                        connection.execute(sa.text("drop schema bare cascade"))
                else:
                    limit = apart(read_bare, files, str(path / "bare.duckdb"))
                loaded = apart(load_release, target, folder)
                assert limit["rows"] == loaded["rows"], "the two must load the same rows"
                rounds.append((limit, loaded))
            found[target] = {
                "rows": rounds[0][0]["rows"],
                "limit_seconds": statistics.median(limit["seconds"] for limit, _ in rounds),
                "seconds": statistics.median(loaded["seconds"] for _, loaded in rounds),
                "ratio": statistics.median(a["seconds"] / b["seconds"] for a, b in rounds),
                "rss_mb": max(loaded["rss_mb"] for _, loaded in rounds),
                "disk_mb": disk_mb(target),
            }
    return found


def measure_builds(companies: list[int]) -> list[dict]:
    """Per engine and size: a load, and a build of all that needs the registry only."""
    if len(set(companies)) < 3:
        raise SystemExit("--builds takes three sizes at least, to tell how the cost of a row grows")
    found = []
    for target in TARGETS:
        for size in companies:
            release = invented(size)
            with isolated():
                warehouse = open_warehouse(target)
                result = load(warehouse, release)
                built = build(warehouse, "--exclude", "source:mercadolivre+")
                found.append(
                    {
                        "target": target,
                        "establishments": sum(
                            entry.loaded_rows
                            for entry in result.entries
                            if entry.resource == "estabelecimentos"
                        ),
                        "rows": result.total("loaded_rows"),
                        "seconds": built.seconds,
                        "slowest": built.nodes[:5],
                        "disk_mb": disk_mb(target),
                    }
                )
    return found


def measure_snapshots(companies: int, target: str = "postgres") -> list[dict]:
    """Seconds of the snapshot in each month of a year, with the versions it has then."""
    found = []
    with isolated() as path:
        world, warehouse = World(companies, 1, "2025-01"), open_warehouse(target)
        for month in range(MONTHS):
            if month:
                world.tick()
            release = world.write_release(path)
            load(warehouse, find_release([release.path]))
            chosen = ("--select", "+company_status_snapshot", "--exclude-resource-type", "test")
            nodes = dict(build(warehouse, *chosen).nodes)
            shutil.rmtree(release.path)
            with warehouse.begin() as connection:
                versions = connection.scalar(
                    sa.text("select count(*) from snapshots.company_status_snapshot")
                )
            found.append(
                {"versions": versions, "seconds": nodes["snapshot company_status_snapshot"]}
            )
    return found


# What is made of it


def of(target: str, builds: list[dict]) -> list[dict]:
    """The builds of an engine, the smallest first."""
    found = [each for each in builds if each["target"] == target]
    return sorted(found, key=lambda each: each["establishments"])


def slope(small: dict, large: dict) -> float:
    """Seconds that each establishment more costs, between two sizes."""
    more = large["establishments"] - small["establishments"]
    return (large["seconds"] - small["seconds"]) / more


def growth(builds: list[dict]) -> float:
    """Cost of an establishment more between the largest two sizes, over that between the two
    before; the worse engine's. What any build takes, whatever its size, is in neither."""
    worst = 0.0
    for target in TARGETS:
        small, middle, large = of(target, builds)[-3:]
        worst = max(worst, slope(middle, large) / slope(small, middle))
    return worst


def projected_minutes(loads: dict[str, dict], builds: list[dict], target: str) -> float:
    """Zips to tested marts of the real registry, at the measured costs per row."""
    small, large = of(target, builds)[-2:]
    more = REAL_ESTABLISHMENTS - large["establishments"]
    loading = REAL_ROWS * loads[target]["seconds"] / loads[target]["rows"]
    return (loading + large["seconds"] + more * slope(small, large)) / 60


def projected_gb(builds: list[dict], target: str) -> float:
    """What the warehouse of the real registry holds, raw tables and indexes included."""
    largest = of(target, builds)[-1]
    return largest["disk_mb"] / largest["establishments"] * REAL_ESTABLISHMENTS / 1024


def tables(figures: dict) -> str:
    """What was measured, in Markdown."""
    lines = [
        f"Measured {figures['date']} on {figures['machine']}.",
        "",
        "| load | rows | limit, rows/s | load, rows/s | ratio | peak RSS, MB | disk, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for target, loaded in figures["loads"].items():
        rows = loaded["rows"]
        lines.append(
            f"| {target} | {rows:,} | {rows / loaded['limit_seconds']:,.0f} |"
            f" {rows / loaded['seconds']:,.0f} | {loaded['ratio']:.2f} |"
            f" {loaded['rss_mb']:.0f} | {loaded['disk_mb']:,.0f} |"
        )
    lines += [
        "",
        "| build | establishments | rows | seconds | µs per row | disk, MB | slowest |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in figures["builds"]:
        slowest = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in each["slowest"][:3])
        lines.append(
            f"| {each['target']} | {each['establishments']:,} | {each['rows']:,} |"
            f" {each['seconds']:.0f} | {1e6 * each['seconds'] / each['rows']:.1f} |"
            f" {each['disk_mb']:,.0f} | {slowest} |"
        )
    lines += [
        "",
        f"The cost of an establishment more, at the largest sizes over that at the smallest:"
        f" {figures['cost_per_row_growth']:.2f} (the worse engine's).",
        "",
        "| snapshot, month | versions before | seconds |",
        "|---|---|---|",
    ]
    for month, snapshot in enumerate(figures["snapshots"], 1):
        if month in (1, 2, 3, 6, 9, len(figures["snapshots"])):
            before = figures["snapshots"][month - 2]["versions"] if month > 1 else 0
            lines.append(f"| {month} | {before:,} | {snapshot['seconds']:.2f} |")
    lines += [
        "",
        f"Projected to the {REAL_ROWS:,} rows of a real release, zips to tested marts:"
        f" {figures['projected_minutes_postgres']:.0f} minutes on PostgreSQL,"
        f" {figures['projected_minutes_duckdb']:.0f} on DuckDB. The load is taken to cost per row"
        " what it did here, the build what each establishment more cost between the two largest"
        f" sizes, for {REAL_ESTABLISHMENTS:,} establishments. What does not fit into memory there"
        " and did here is not in it. The disk it takes, likewise:"
        f" {projected_gb(figures['builds'], 'postgres'):.0f} GB and"
        f" {projected_gb(figures['builds'], 'duckdb'):.0f} GB.",
        "",
    ]
    return "\n".join(lines)


def machine() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{os.cpu_count()} cores, {platform.machine()}, {memory:.0f} GB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--companies", type=int, default=1_700_000, help="of the loads")
    parser.add_argument(
        "--builds", type=int, nargs="+", default=[20_000, 190_000, 950_000], help="companies"
    )
    parser.add_argument("--snapshot-companies", type=int, default=60_000)
    parser.add_argument("--record", action="store_true", help="write docs/performance.md")
    given = parser.parse_args()
    loads = measure_loads(invented(given.companies))
    builds = measure_builds(given.builds)
    if any(slope(*of(target, builds)[-2:]) <= 0 for target in TARGETS):
        raise SystemExit("what a row costs drowns in the noise: give larger sizes to --builds")
    snapshots = measure_snapshots(given.snapshot_companies)
    figures = {
        "date": f"{dt.date.today()}",
        "machine": machine(),
        "load_ratio_postgres": loads["postgres"]["ratio"],
        "load_ratio_duckdb": loads["duckdb"]["ratio"],
        "projected_minutes_postgres": projected_minutes(loads, builds, "postgres"),
        "projected_minutes_duckdb": projected_minutes(loads, builds, "duckdb"),
        "peak_rss_mb": max(loaded["rss_mb"] for loaded in loads.values()),
        "cost_per_row_growth": growth(builds),
        "snapshot_month12_over_month2": snapshots[-1]["seconds"] / snapshots[1]["seconds"],
        "loads": loads,
        "builds": builds,
        "snapshots": snapshots,
    }
    (home() / "bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(tables(figures))
    if given.record:
        record("performance.md", "registry", tables(figures))


if __name__ == "__main__":
    main()
