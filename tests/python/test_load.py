"""A load replaces the registry wholly or not at all, and the ledger tells the truth about it."""

import csv
import itertools
import random
import shutil
import signal
import subprocess
import time
import zipfile
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from commands import COMMANDS, dbt, marts, run, variables

from ingestion.cnpj import find_release, pieces
from ingestion.cnpj.fill import create_tables, fill
from ingestion.cnpj.layout import KINDS
from ingestion.cnpj.load import load, loaded_release
from ingestion.cnpj.release import ReleaseFile
from simulators.cnpj import World
from warehouse import UserError, open_warehouse
from warehouse.connection import PROJECT
from warehouse.dead_letters import letters
from warehouse.ledger import entries


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    """Two consecutive months of one small registry."""
    folder = tmp_path_factory.mktemp("releases")
    world = World(companies=600, seed=7, first_month="2026-05")
    first = world.write_release(folder)
    world.tick()
    return first, world.write_release(folder)


def contents(warehouse) -> dict[str, list]:
    """Every row of every registry table, and the release they are of."""
    with warehouse.begin() as connection:
        tables = {
            kind.table: sorted(
                map(
                    repr,
                    connection.execute(
                        sa.text(f"select {', '.join(kind.columns)} from raw_cnpj.{kind.table}")
                    ),
                )
            )
            for kind in KINDS
        }
        return {**tables, "release": loaded_release(connection)}


def ledger_totals(warehouse) -> dict[str, tuple[int, int]]:
    totals = {kind.table: (0, 0) for kind in KINDS}
    newest = max(entry["load_id"] for entry in entries(warehouse))
    for entry in entries(warehouse):
        if entry["load_id"] == newest:
            loaded, dead = totals[entry["resource"]]
            totals[entry["resource"]] = (
                loaded + entry["loaded_rows"],
                dead + entry["dead_lettered_rows"],
            )
    return totals


def test_every_row_is_accounted_for(warehouse, releases):
    for release in releases:
        result = load(warehouse, find_release([release.path]))
        assert all(entry.is_balanced for entry in result.entries)
        assert ledger_totals(warehouse) == {
            kind: (rows - release.bad_rows.get(kind, 0), release.bad_rows.get(kind, 0))
            for kind, rows in release.rows.items()
        }
        stored = contents(warehouse)
        assert stored["release"] == (release.month, release.extraction_date)
        for kind, rows in release.rows.items():
            assert len(stored[kind]) == rows - release.bad_rows.get(kind, 0)
    nul_bytes = sum(entry.details["nul_bytes"] for entry in result.entries)
    assert nul_bytes == releases[-1].planted["nul_bytes"]


def test_loading_again_changes_nothing_but_the_ledger(warehouse, releases):
    load(warehouse, find_release([releases[0].path]))
    before, first = contents(warehouse), letters(warehouse)
    load(warehouse, find_release([releases[0].path]))
    assert contents(warehouse) == before
    assert len(entries(warehouse)) == 2 * 37
    again = letters(warehouse)
    assert [letter["payload_hash"] for letter in again] == [x["payload_hash"] for x in first]
    assert {letter["attempts"] for letter in again} == {2}
    assert [x["occurrences"] for x in again] == [x["occurrences"] for x in first]


def test_both_engines_hold_the_same_rows(releases, environment):
    held = []
    for target in ("postgres", "duckdb"):
        warehouse = open_warehouse(target)
        load(warehouse, find_release([releases[1].path]))
        held.append(contents(warehouse))
    assert held[0] == held[1]


# What the engines, or the formats they are given, could take for something else.
NASTY = ["\\", ".", "N", "\t", "\x1f", ";", '"', "\n", "\r", "é", "\x85", "\x1a", " "]


def test_every_character_arrives_as_it_is(warehouse, tmp_path, monkeypatch):
    """Both engines hold what a naive reader of the file finds in it, and null for empty."""
    fields = ["".join(some) for size in range(4) for some in itertools.product(NASTY, repeat=size)]
    kind = next(kind for kind in KINDS if kind.table == "simples")
    path, lines = tmp_path / "SIMPLES.CSV", []
    for number, (first, second) in enumerate(zip(fields, fields[::-1], strict=True)):
        row = [f"{number:08}", first, "", second, "x", "", second]
        lines.append(";".join('"' + field.replace('"', '""') + '"' for field in row))
        if not set(first) & set('";\r\n'):  # between which there need be no quotes
            lines.append(f'"{number:08}";{first};"";;"x";;{first}')
    path.write_text("\n".join(lines), encoding="latin-1", newline="")
    with path.open(encoding="latin-1", newline="") as file:
        rows = [[field or None for field in row] for row in csv.reader(file, delimiter=";")]

    monkeypatch.setattr(pieces, "PIECE", 5_000)
    file = ReleaseFile(path, kind, "Simples", None, path.stat().st_size)
    with warehouse.begin() as connection:
        for statement in create_tables("nasty_{}".format, unlogged=False):
            connection.execute(sa.text(statement))
    arrived = fill(warehouse, "nasty_{}".format, pieces.CheckedPieces([file]))
    with warehouse.begin() as connection:
        query = f"select {', '.join(kind.columns)} from nasty_simples"
        held = Counter(tuple(row) for row in connection.execute(sa.text(query)))
    assert arrived == {"simples": len(rows)}
    assert held == Counter(map(tuple, rows))


def damaged_copy(folder, release, damage):
    copy = folder / release.path.name
    shutil.copytree(release.path, copy)
    damage(copy)
    return copy


def cut_in_half(folder):
    path = folder / "Estabelecimentos0.zip"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_bytes(folder):
    path = folder / "Estabelecimentos0.zip"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(byte ^ 0xFF for byte in content[middle : middle + 8])
    path.write_bytes(content)


def widen(folder):
    path = folder / "Socios2.zip"
    with zipfile.ZipFile(path) as archive:
        inner, content = archive.namelist()[0], archive.read(archive.namelist()[0])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inner, content.replace(b'"\n', b'";"NEW"\n'))


def shrink(folder):
    path = folder / "Empresas0.zip"
    with zipfile.ZipFile(path) as archive:
        inner, content = archive.namelist()[0], archive.read(archive.namelist()[0])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inner, content[: content.index(b"\n", len(content) // 2) + 1])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut_in_half, "damaged"),
        (flip_bytes, "damaged"),
        (widen, "not in the official layout"),
        (shrink, "would shrink"),
    ],
)
def test_a_bad_release_changes_nothing(warehouse, releases, tmp_path, damage, message):
    load(warehouse, find_release([releases[0].path]))
    before, ledger = contents(warehouse), entries(warehouse)
    folder = damaged_copy(tmp_path, releases[1], damage)
    with pytest.raises(UserError, match=message) as caught:
        load(warehouse, find_release([folder]))
    assert "\n" not in str(caught.value)
    assert contents(warehouse) == before
    assert entries(warehouse) == ledger


def test_an_older_release_is_refused(warehouse, releases):
    load(warehouse, find_release([releases[1].path]))
    before = contents(warehouse)
    with pytest.raises(UserError, match="history is built forwards"):
        load(warehouse, find_release([releases[0].path]))
    assert contents(warehouse) == before


def test_only_one_load_at_a_time(warehouse, releases):
    with warehouse.exclusive("cnpj"), pytest.raises(UserError, match="another load"):
        load(warehouse, find_release([releases[0].path]))


@pytest.mark.parametrize("target", ["postgres", "duckdb"])
def test_a_killed_load_leaves_no_trace(make_environment, releases, target):
    """Killed at any moment, the tables are those of before or of after; run again, of after.

    And so are the marts, history included.
    """
    undisturbed, disturbed = make_environment(), make_environment()
    names = ("company_changes", "company_status_history", "registry_releases")
    build = ("build", "--select", "+company_changes", "registry_releases")
    build += ("--exclude-resource-types", "test", "unit_test")

    def load_command(release):
        options = ("--dir", str(release.path), "--target", target, "--allow-gap")
        return ["armazem", "load", "cnpj", *options]

    def held(environment):
        with variables(**environment):
            return contents(open_warehouse(target))

    for environment in (undisturbed, disturbed):
        run(*load_command(releases[0]), environment=environment)
        dbt(*build, target=target, environment=environment)
    before = held(disturbed)
    started = time.monotonic()
    run(*load_command(releases[1]), environment=undisturbed)
    duration = time.monotonic() - started
    after = held(undisturbed)
    assert before != after

    seeded = random.Random(1)
    for moment in (seeded.uniform(0.4, 1.0) for _ in range(4)):
        process = subprocess.Popen(
            [COMMANDS / "armazem", *load_command(releases[1])[1:]],
            env={**disturbed, "PATH": "/usr/bin:/bin"},
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moment * duration)
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_until_unlocked(disturbed, target)
        assert held(disturbed) in (before, after)
    run(*load_command(releases[1]), environment=disturbed)
    assert held(disturbed) == after
    left_behind = list((Path(disturbed["ARMAZEM_HOME"]) / "work").glob("*/*"))
    assert left_behind == []

    built = []
    for environment in (undisturbed, disturbed):
        dbt(*build, target=target, environment=environment)
        built.append(marts(environment, target, names))
    assert built[0] == built[1]


def wait_until_unlocked(environment, target):
    """The server notices the death of its client a moment later."""
    with variables(**environment):
        for _ in range(50):
            try:
                with open_warehouse(target).exclusive("cnpj"):
                    return
            except UserError:
                time.sleep(0.1)
    raise AssertionError("the lock was never given back")


def test_a_missing_row_fails_the_balance_test(environment, releases):
    warehouse = open_warehouse()
    load(warehouse, find_release([releases[0].path]))
    tests = ("registry_tables_match_ledger", "assert_ledger_balances")
    models = ("staging.calendar", "staging.cnpj", "staging.ops")
    tests = ("build", "--indirect-selection", "cautious", "--select", *models, *tests)
    dbt(*tests, target="postgres", environment=environment)
    with warehouse.begin() as connection:
        connection.execute(
            sa.text(
                "delete from raw_cnpj.socios where ctid = (select min(ctid) from raw_cnpj.socios)"
            )
        )
    failed = dbt(*tests, target="postgres", environment=environment, check=False)
    assert failed.returncode == 1
    assert "Failure in test registry_tables_match_ledger" in failed.stdout
    with warehouse.begin() as connection:
        connection.execute(
            sa.text(
                "update ops.load_ledger set loaded_rows = loaded_rows - 1 where part like '%0.zip'"
            )
        )
    failed = dbt(*tests, target="postgres", environment=environment, check=False)
    assert "Failure in test assert_ledger_balances" in failed.stdout
