"""A build needs no source in particular: what was never loaded is there, and empty."""

import pytest
import sqlalchemy as sa
from commands import dbt, marts, query, run

from ingestion.cnpj import find_release
from ingestion.cnpj.load import load, loaded_release
from simulators.cnpj import World
from warehouse.connection import PROJECT
from warehouse.staging import drop_schema, table_exists

ENGINES = ("postgres", "duckdb")
KEYS_OF_OPS = """
    select table_name, constraint_type from information_schema.table_constraints
    where table_schema = 'ops' and constraint_type = 'PRIMARY KEY' order by 1
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A month of one small registry."""
    world = World(companies=600, seed=3, first_month="2026-05")
    return world.write_release(tmp_path_factory.mktemp("releases"))


@pytest.mark.parametrize("target", ENGINES)
def test_an_empty_build_passes_and_changes_nothing_later(make_environment, release, target):
    """No command but dbt has run before; the migrations of ``ops`` come later."""
    built_empty, never_empty = make_environment(), make_environment()
    dbt("build", target=target, environment=built_empty)
    dbt("source", "freshness", target=target, environment=built_empty)
    empty = marts(built_empty, target)
    assert {row[-1] for row in empty.pop("registry_quality")} == {0}
    assert not any(empty.values())
    for path in sorted((PROJECT / "analyses").glob("*.sql")):
        if target == "postgres" or "operations" not in path.read_text():
            query(built_empty, target, path.read_text())

    for environment in (built_empty, never_empty):
        load = ("armazem", "load", "cnpj", "--dir", str(release.path), "--target", target)
        run(*load, environment=environment)
        build = ("build", "--select", "+company_changes", "registry_releases")
        build += ("--exclude-resource-types", "test", "unit_test")
        dbt(*build, target=target, environment=environment)
    names = ("company_changes", "company_status_history", "registry_releases")
    assert marts(built_empty, target, names) == marts(never_empty, target, names)
    keys = query(built_empty, target, KEYS_OF_OPS)
    assert keys and keys == query(never_empty, target, KEYS_OF_OPS)


def held(warehouse) -> dict[str, tuple]:
    """The declared tables, with their columns and how many rows they hold."""
    columns = """
        select table_schema, table_name, column_name, data_type from information_schema.columns
        where table_schema in ('raw_cnpj', 'ops') order by 1, 2, ordinal_position
    """
    tables: dict[str, list] = {}
    with warehouse.begin() as connection:
        for schema, table, *column in connection.execute(sa.text(columns)):
            tables.setdefault(f"{schema}.{table}", []).append(tuple(column))
        return {
            table: (connection.scalar(sa.text(f"select count(*) from {table}")), found)
            for table, found in tables.items()
        }


def test_only_what_is_missing_is_made(warehouse, environment):
    build = ("run", "--select", "stg_cnpj__countries")
    dbt(*build, target=warehouse.target, environment=environment)
    with warehouse.begin() as connection:
        connection.execute(sa.text("insert into raw_cnpj.paises values ('105', 'BRASIL')"))
        connection.execute(sa.text("alter table raw_cnpj.cnaes add column more text"))
    before = held(warehouse)
    with warehouse.begin() as connection:
        connection.execute(sa.text("drop table raw_cnpj.motivos"))
    assert held(warehouse) != before
    dbt(*build, target=warehouse.target, environment=environment)
    assert held(warehouse) == before


def test_what_was_loaded_is_not_made_up(warehouse, environment, release):
    """A table that is lost must fail the build, not end every history; loading brings it back."""
    found = find_release([release.path])
    load(warehouse, found)
    before = held(warehouse)
    emptied = "delete from raw_cnpj.socios"  # as a crash leaves an unlogged table
    with warehouse.begin() as connection:
        connection.execute(sa.text(emptied))
    failed = dbt("run", target=warehouse.target, environment=environment, check=False)
    assert failed.returncode
    assert "raw_cnpj.socios has lost its rows" in failed.stdout
    with warehouse.begin() as connection:
        drop_schema(connection, "raw_cnpj")
    failed = dbt("run", target=warehouse.target, environment=environment, check=False)
    assert failed.returncode == 1
    with warehouse.begin() as connection:
        assert not table_exists(connection, "raw_cnpj", "estabelecimentos")
        assert loaded_release(connection) is None
    load(warehouse, found)
    again = held(warehouse)
    assert again.pop("ops.load_ledger") != before.pop("ops.load_ledger")
    assert again == before
