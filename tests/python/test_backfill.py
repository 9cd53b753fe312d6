"""Months fetched, loaded and built in one go, against the same done one by one."""

import os
import random
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from commands import COMMANDS, dbt, query, run

from ingestion.cnpj import find_release
from ingestion.cnpj.backfill import backfill
from ingestion.cnpj.download.settings import Settings
from ingestion.cnpj.load import load
from simulators.cnpj import Share, ShareFaults, World
from warehouse import UserError, open_warehouse
from warehouse.connection import PROJECT

MONTHS = ("2026-01", "2026-02", "2026-03")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    world = World(companies=500, seed=8, first_month=MONTHS[0])
    for number in range(len(MONTHS)):
        if number:
            world.tick()
        world.write_release(folder)
    return folder


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen:
    command = ("backfill", "cnpj", "--from", MONTHS[0], "--to", MONTHS[-1], "--target", "duckdb")
    return subprocess.Popen(
        [COMMANDS / "armazem", *command, *arguments], env={**os.environ, **environment},
        cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip


def kill(process: subprocess.Popen) -> str:
    """Kill it and the dbt it has started, and return what it said."""
    os.killpg(process.pid, signal.SIGKILL)
    return process.communicate()[0]


def until_said(process: subprocess.Popen, words: str) -> list[str]:
    said = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return said
    raise AssertionError(f"it never said {words!r}, but: {''.join(said)}")


def test_a_killed_backfill_ends_as_months_built_one_by_one(make_environment, published, tmp_path):
    one_by_one, environment = make_environment(), make_environment()
    # the tests of the builds are others' business
    no_tests = {"DBT_EXCLUDE_RESOURCE_TYPES": "test unit_test", "DBT_LOG_LEVEL_FILE": "none"}

    def build_one_by_one() -> None:
        for month in MONTHS:
            folder = str(published / month)
            run("armazem", "load", "cnpj", "--dir", folder, "--target", "duckdb",
                environment=one_by_one)  # fmt: skip
            dbt("build", "--select", "+company_status_history", "registry_releases",
                target="duckdb", environment=one_by_one | no_tests)  # fmt: skip

    faults = ShareFaults(seed=8, drop=0.1, refuse=0.05)
    with ThreadPoolExecutor() as pool, Share(published, faults=faults) as share:
        expected = pool.submit(build_one_by_one)
        target = f"{environment['ARMAZEM_HOME']}/target"
        environment |= no_tests | {
            "DBT_TARGET_PATH": target, "DBT_LOG_PATH": target, "CNPJ__SHARE_URL": share.url,
            "CNPJ__SHARE_TOKEN": share.token, "CNPJ__BACKOFF_SECONDS": "0.01",
        }  # fmt: skip
        disturbed = start(environment, "--dir", str(tmp_path))
        until_said(disturbed, "2026-02: ")
        time.sleep(random.Random(8).uniform(2, 4))  # while dbt is at it
        kill(disturbed)
        asked = len(share.requests)

        resumed = start(environment, "--dir", str(tmp_path), "--discard-zips")
        said = resumed.communicate()[0].splitlines()
        assert resumed.returncode == 0, "\n".join(said)
        assert said[0] == "2026-01: in the history already"
        assert said[1].startswith("2026-02: built in ")
        later = {request.path.partition("/")[0] for request in share.requests[asked:]}
        assert later == {"", "2026-03"}
        expected.result()

    for mart in ("company_status_history", "registry_releases"):
        rows = f"select * from marts.{mart} order by all"
        found = query(environment, "duckdb", rows)
        assert found == query(one_by_one, "duckdb", rows), mart
    begins = "select count(distinct valid_from) from marts.company_status_history"
    assert query(environment, "duckdb", begins) == [(len(MONTHS),)]
    assert [path.name for path in tmp_path.glob("[!.]*")] == []


@pytest.fixture
def built(monkeypatch):
    """The months that would have been built, in their order; the build itself is left out."""
    built: list[str] = []

    class Built:
        seconds, passed, warned = 0.0, 0, 0

    def build(warehouse):
        with warehouse.begin() as connection:
            month = connection.exec_driver_sql("select month from raw_cnpj.releases").scalar()
            date = "(select cast(extraction_date as timestamp) from raw_cnpj.releases)"
            connection.exec_driver_sql("create schema if not exists marts")
            connection.exec_driver_sql(
                "create table if not exists marts.registry_releases"
                " (extracted_at timestamp, release_month text)"
            )
            connection.exec_driver_sql(
                f"insert into marts.registry_releases select {date}, '{month}'"
            )
        built.append(month)
        return Built

    monkeypatch.setattr("ingestion.cnpj.backfill.build", build)
    return built


def settings_of(share: Share) -> Settings:
    found = Settings()
    found.share_url, found.share_token, found.backoff_seconds = share.url, share.token, 0.01
    return found


def test_what_is_done_is_not_done_again(environment, published, tmp_path, built):
    warehouse, said = open_warehouse("duckdb"), []
    folder = tmp_path / "releases"
    shutil.copytree(published / MONTHS[0], folder / MONTHS[0])
    with Share(published) as share:
        settings = settings_of(share)
        backfill(warehouse, settings, folder, MONTHS[0], MONTHS[1], say=said.append)
        assert built == list(MONTHS[:2])
        assert not [r for r in share.requests if MONTHS[0] in r.path], "it was in the folder"

        built.clear()
        asked = len(share.requests)
        backfill(warehouse, settings, folder, MONTHS[0], MONTHS[1], True, say=said.append)
        assert built == [MONTHS[1]], "the newest: nothing tells that its build came to an end"
        assert len(share.requests) == asked
        assert not (folder / MONTHS[0]).exists() and not (folder / MONTHS[1]).exists()

        built.clear()
        backfill(warehouse, settings, folder, MONTHS[0], MONTHS[2])
        assert built == list(MONTHS[1:])


def test_what_cannot_be_is_told_before_anything_is_done(environment, published, tmp_path, built):
    warehouse = open_warehouse("duckdb")
    with Share(published) as share:
        settings = settings_of(share)
        for first, last, message in (
            ("2026-03", "2026-01", "2026-03 is not before 2026-01"),
            ("2026-1", "2026-03", "a release is a month such as 2026-05, not '2026-1'"),
            ("2025-11", "2026-02", "2025-11, 2025-12 is neither in .* nor on the share"),
        ):
            with pytest.raises(UserError, match=message):
                backfill(warehouse, settings, tmp_path, first, last)
        load(warehouse, find_release([published / MONTHS[1]]))
        with pytest.raises(
            UserError, match="2026-01 cannot be added to a history that has come to"
        ):
            backfill(warehouse, settings, tmp_path, MONTHS[0], MONTHS[2])
        with pytest.raises(
            UserError, match="2026-02 is loaded but not built, and would be missing"
        ):
            backfill(warehouse, settings, tmp_path, MONTHS[2], MONTHS[2])
        assert built == []


def test_only_what_was_fetched_is_discarded(environment, published, tmp_path, built):
    (tmp_path / MONTHS[0]).mkdir()
    (tmp_path / MONTHS[0] / "notes.txt").write_text("mine")
    with Share(published) as share:
        backfill(open_warehouse("duckdb"), settings_of(share), tmp_path, MONTHS[0], MONTHS[0], True)
    assert [path.name for path in (tmp_path / MONTHS[0]).iterdir()] == ["notes.txt"]
