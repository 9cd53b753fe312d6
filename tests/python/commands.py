"""The project's commands, run as a user would run them, and what they leave behind."""

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psycopg
import pytest
from forks import FORKS
from forks import dbt as dbt_in_fork

from warehouse.connection import PROJECT

COMMANDS = Path(sys.executable).parent
REGISTRY_ONLY = ("--exclude", "source:mercadolivre+")  # what needs no marketplace, for speed
MARTS = (
    "dim_company", "dim_establishment", "company_partners", "dim_cnae", "dim_municipality",
    "company_status_history", "company_status_transitions", "registry_quality",
    "registry_releases", "company_changes", "status_transition_matrix", "status_dwell_times",
    "company_survival", "establishment_addresses", "shared_addresses", "establishment_contacts",
    "shared_contacts", "dim_partner", "company_ownerships", "ownership_circles",
    "shared_partner_groups", "company_risk_flags", "company_risk", "risk_rule_backtest",
)  # fmt: skip
# the database that dbt was run for first, and its manifest of the project, by target
PARSED: dict[str, tuple[str, bytes]] = {}


@contextmanager
def variables(**given: str):
    """Set variables of this process until the ``with`` block is left."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        yield


def run(*command: str, environment: dict[str, str], check: bool = True, **options):
    """Run one of the project's commands as a user would, from its folder."""
    result = subprocess.run(
        [str(COMMANDS / command[0]), *command[1:]],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    if check and result.returncode:
        raise AssertionError(f"{' '.join(command)}:\n{result.stdout}\n{result.stderr}")
    return result


def dbt(*arguments: str, target: str, environment: dict[str, str], check: bool = True):
    """Run dbt; every warehouse keeps its own target folders, so that all may run at once."""
    arguments = [*arguments, "--target", target]
    folder = Path(environment["ARMAZEM_HOME"]) / f"target-{target}"
    settings = {"DBT_TARGET_PATH": str(folder), "DBT_LOG_PATH": str(folder)}
    settings["DBT_LOG_LEVEL_FILE"] = "none"  # the log takes a seventh of the time
    settings = {**os.environ, **environment, **settings}
    database, parsed = PARSED.get(target, (environment["PGDATABASE"], b""))
    # names of databases have one length, so that nothing moves
    parsed = parsed.replace(database.encode(), environment["PGDATABASE"].encode())
    with ProcessPoolExecutor(1, mp_context=FORKS) as pool:
        result = pool.submit(dbt_in_fork, arguments, PROJECT, settings, parsed).result()
    if check and result.returncode:
        raise AssertionError(f"dbt {' '.join(arguments)}:\n{result.stdout}")
    if not parsed:
        PARSED[target] = environment["PGDATABASE"], (folder / "partial_parse.msgpack").read_bytes()
    return result


def keywords(environment: dict[str, str]) -> dict[str, str]:
    """The libpq variables as keywords of a connection."""
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}
    names["PGPASSWORD"] = "password"
    return {names[key]: value for key, value in environment.items() if key in names}


def query(environment: dict[str, str], target: str, sql: str) -> list[tuple]:
    if target == "duckdb":
        with duckdb.connect(environment["ARMAZEM_DUCKDB"], read_only=True) as connection:
            return connection.execute(sql).fetchall()
    with psycopg.connect(**keywords(environment)) as connection:
        return connection.execute(sql).fetchall()


def marts(environment: dict[str, str], target: str, names=MARTS) -> dict[str, list[tuple]]:
    return {
        mart: sorted(query(environment, target, f"select * from marts.{mart}"), key=repr)
        for mart in names
    }
