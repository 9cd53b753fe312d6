"""Fetching releases, against the simulated share over HTTP and all that it does to its clients."""

import errno
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from pathlib import Path

import pytest
from commands import COMMANDS

from ingestion.cnpj.download import fetch as fetch_module
from ingestion.cnpj.download.fetch import fetch, list_releases
from ingestion.cnpj.download.folder import MANIFEST
from ingestion.cnpj.download.patience import Closed, Interrupted, Patience
from ingestion.cnpj.download.settings import Settings, settings
from ingestion.cnpj.download.share import ARCHIVES
from simulators.cnpj import Share, ShareFaults, World
from warehouse import UserError
from warehouse.connection import PROJECT

PROBE = 1024  # bytes by which a zip is looked into
NAMES = [f"{archive}.zip" for archive in ARCHIVES]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Two months on disk; tests copy what they change."""
    folder = tmp_path_factory.mktemp("published")
    world = World(companies=600, seed=4, first_month="2026-01")
    world.write_release(folder)
    world.tick()
    world.write_release(folder)
    return folder


@pytest.fixture
def own(published, tmp_path):
    """The same months, to change."""
    return Path(shutil.copytree(published, tmp_path / "own"))


def settings_of(share: Share, **changed) -> Settings:
    found = Settings()
    found.share_url, found.share_token = share.url, share.token
    found.stall_seconds, found.backoff_seconds = 0.25, 0.005
    for name, value in changed.items():
        found[name] = value
    return found


def fetched(share: Share, folder: Path, month: str | None = "2026-02", **changed) -> list[str]:
    """Fetch, and what was said."""
    said: list[str] = []
    fetch(settings_of(share, **changed), folder, month, say=said.append)
    return said


def assert_same(published: Path, folder: Path, month: str = "2026-02") -> None:
    """The folder holds the 37 files byte for byte, and nothing else that is visible."""
    assert sorted(p.name for p in (folder / month).glob("[!.]*")) == sorted(NAMES)
    for name in NAMES:
        assert (folder / month / name).read_bytes() == (published / month / name).read_bytes(), name


def downloads(share: Share) -> list[str]:
    """Names of the files whose content was asked for: all of it, or all after some byte."""
    return [
        Path(request.path).name
        for request in list(share.requests)
        if request.method == "GET" and (not request.range or request.range.endswith("-"))
    ]


def assert_nothing_sent_twice(share: Share, published: Path, slack: int = 0) -> None:
    probes = [r.path for r in share.requests if r.method == "GET" and r.range[-1:].isdigit()]
    for path, sent in share.sent.items():
        allowed = (published / path).stat().st_size + PROBE * probes.count(path)
        assert sent <= allowed + slack, path


def test_a_release_is_fetched_whole_and_once(published, tmp_path):
    shown: list[tuple[str, int, int]] = []
    with Share(published) as share:
        release = fetch(settings_of(share), tmp_path, None, lambda *told: shown.append(told))
        assert (release.month, len(release.files), release.is_partial) == ("2026-02", 37, False)
        assert_same(published, tmp_path)
        assert sorted(downloads(share)) == sorted(NAMES)
        assert_nothing_sent_twice(share, published)
        assert len(share.requests) == 2 + 37 + 37 + 1, "lists, probes, files, the list again"
        assert shown[-1][1:] == (1, 1)

        before = len(share.requests)
        fetch(settings_of(share), tmp_path, "2026-02")
        assert [r.method for r in share.requests[before:]] == ["PROPFIND"]


RESUMABLE = {
    "drop": {"drop": 0.4},
    "stall": {"stall": 0.08},
    "refuse": {"refuse": 0.3},
    "most_connections": {"most_connections": 1},
}
RESTARTING = {
    "short": {"short": 0.25},
    "corrupt": {"corrupt": 0.15},
    "ignore_range": {"ignore_range": 0.4, "drop": 0.3},
    "wrong_size": {"wrong_size": 0.3, "wrong_listings": 2},
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("fault", [*RESUMABLE, *RESTARTING])
def test_faults_are_survived(published, tmp_path, fault, seed):
    faults = ShareFaults(seed, **(RESUMABLE | RESTARTING)[fault])
    pace = 500_000 if fault == "most_connections" else None  # or they would hardly meet
    with Share(published, faults=faults, bytes_per_second=pace) as share:
        fetched(share, tmp_path)
        assert_same(published, tmp_path)
        if fault in RESUMABLE:
            assert_nothing_sent_twice(share, published)
        if fault == "wrong_size":
            assert len([r for r in share.requests if r.method == "PROPFIND"]) > 2
        else:
            assert share.faults_done[fault]


@pytest.mark.parametrize("seed", [1, 4, 5])
def test_all_faults_together_are_survived(published, tmp_path, seed):
    faults = ShareFaults(
        seed, drop=0.2, stall=0.04, short=0.05, corrupt=0.02, ignore_range=0.1, refuse=0.1,
        wrong_size=0.1, wrong_listings=1, most_connections=3,
    )  # fmt: skip
    with Share(published, faults=faults) as share:
        fetched(share, tmp_path)
        assert_same(published, tmp_path)
        assert len(share.faults_done) >= 3


def test_any_number_of_drops_is_survived_while_there_is_progress(published, tmp_path):
    with Share(published, faults=ShareFaults(seed=6, drop=0.95)) as share:
        fetched(share, tmp_path, attempts=2)
        assert share.faults_done["drop"] > 40
        assert_same(published, tmp_path)
        assert_nothing_sent_twice(share, published)


def test_a_resumed_file_names_the_version_it_goes_on_with(published, tmp_path):
    with Share(published, faults=ShareFaults(seed=1, drop=0.4)) as share:
        fetched(share, tmp_path)
        resumed = [r for r in share.requests if r.range.endswith("-")]
        assert resumed and {r.status for r in resumed} <= {206}


def test_without_tags_and_dates_it_is_resumed_all_the_same(published, tmp_path):
    with Share(published, faults=ShareFaults(seed=1, drop=0.4)) as share:
        share.has_tags = False
        fetched(share, tmp_path)
        assert_same(published, tmp_path)
        assert_nothing_sent_twice(share, published)


def stored(path: Path, inner: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(inner, (2026, 2, 20, 0, 0, 0)), content)


def inner_name(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()[0]


@pytest.mark.parametrize("server", ["tells tags", "tells none", "knows no If-Range"])
@pytest.mark.parametrize("size", ["the same size", "another size"])
def test_a_file_replaced_midway_is_not_spliced(own, tmp_path, size, server):
    path = own / "2026-02" / "Empresas3.zip"
    inner, length = inner_name(path), 60_000
    stored(path, inner, random.Random(1).randbytes(length))
    by = tmp_path / "new.zip"
    stored(by, inner, random.Random(2).randbytes(length + (size != "the same size") * 5_000))
    with Share(own) as share:
        share.has_tags = server != "tells none"
        share.heeds_if_range = server == "tells tags"
        share.replace_midway("2026-02/Empresas3.zip", by)
        fetched(share, tmp_path)
        assert_same(own, tmp_path)
        assert (tmp_path / "2026-02" / "Empresas3.zip").read_bytes() == by.read_bytes()


def test_a_file_replaced_after_it_was_fetched_is_fetched_again(own, tmp_path):
    """Here while others are still on their way: what is fetched is what is published in the end."""
    first, last = own / "2026-02" / "Municipios.zip", own / "2026-02" / "Qualificacoes.zip"
    by = tmp_path / "new.zip"
    stored(by, inner_name(first), random.Random(3).randbytes(9_000))
    with Share(own) as share:
        served = share.source

        def replace_and_serve(path: str) -> Path | None:
            if path.endswith(last.name) and last.name in downloads(share) and by.exists():
                shutil.copy(by, first.with_suffix(".new"))
                first.with_suffix(".new").replace(first)
                by.unlink()
            return served(path)

        share.source = replace_and_serve
        share.faults = ShareFaults(seed=1, drop=0.3)
        fetched(share, tmp_path, connections=1)
        assert not by.exists(), "it was replaced"
        assert downloads(share).count(first.name) >= 2
        assert_same(own, tmp_path)


def test_mixed_extractions_are_told_and_nothing_is_fetched(published, tmp_path):
    with Share(published, faults=ShareFaults(seed=3, mixed=0.2)) as share:
        with pytest.raises(UserError, match="release 2026-02 mixes extractions: D60") as error:
            fetched(share, tmp_path)
        assert len(str(error.value).splitlines()) == 1
        assert downloads(share) == []
        assert max(share.sent.values()) <= PROBE
        assert not (tmp_path / "2026-02").exists()


def test_a_release_that_was_republished_in_part_is_not_mixed_with_the_old_one(own, tmp_path):
    with Share(own) as share:
        fetched(share, tmp_path)
        shutil.copy(own / "2026-01" / "Cnaes.zip", own / "2026-02" / "Cnaes.zip")
        with pytest.raises(UserError, match="mixes extractions"):
            fetched(share, tmp_path)
        assert not list((tmp_path / "2026-02").glob("*.part"))


def test_an_incomplete_release_is_passed_over_and_refused(own, tmp_path):
    (own / "2026-02" / "Socios7.zip").unlink()
    (own / "2026-02" / "Simples.zip").write_bytes(b"")
    with Share(own) as share:
        said = fetched(share, tmp_path, None)
        assert said[0] == "2026-02 is not complete yet: it lacks Socios7.zip, Simples.zip"
        assert_same(own, tmp_path, "2026-01")
        with pytest.raises(UserError, match=r"2026-02 is not complete .* Socios7.zip, Simples.zip"):
            fetched(share, tmp_path, "2026-02")
        found = [(r.month, r.missing) for r in list_releases(settings_of(share))]
        assert found == [("2026-02", ["Socios7.zip", "Simples.zip"]), ("2026-01", [])]


def test_a_release_that_moves_away_is_told_and_what_came_is_kept(published, tmp_path):
    with Share(published) as share:
        with pytest.raises(
            UserError, match="2025-11 is not, or no longer, at .* has 2026-02, 2026"
        ):
            fetched(share, tmp_path, "2025-11")
        share.move_after(60)
        with pytest.raises(UserError, match="no longer on the share"):
            fetched(share, tmp_path)
        with pytest.raises(UserError, match="there are no releases at"):
            fetched(share, tmp_path)
        kept = {p.name for p in (tmp_path / "2026-02").glob("*.zip")}
        assert kept
        share.move_after(1_000_000)
        share.requests.clear()
        fetched(share, tmp_path)
        assert set(downloads(share)) == set(NAMES) - kept
        assert_same(published, tmp_path)


def test_sizes_that_are_never_true_are_told(published, tmp_path):
    with Share(published, faults=ShareFaults(seed=1, wrong_size=0.3)) as share:
        with pytest.raises(UserError) as error:
            fetched(share, tmp_path, attempts=3)
        assert len(str(error.value).splitlines()) == 1
        assert not list((tmp_path / "2026-02").glob("*.zip.zip"))


def test_a_full_disk_is_told_before_anything_is_fetched(published, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=200 << 20)
    monkeypatch.setattr(fetch_module.shutil, "disk_usage", lambda path: usage)
    with Share(published) as share:
        with pytest.raises(UserError, match="GB free, and .* GB are to be fetched"):
            fetched(share, tmp_path)
        assert downloads(share) == []


def test_a_file_that_is_damaged_on_the_share_is_given_up_and_the_others_come(own, tmp_path):
    path = own / "2026-02" / "Cnaes.zip"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with Share(own) as share:
        with pytest.raises(UserError, match=r"Cnaes.zip arrived damaged 3 times"):
            fetched(share, tmp_path)
        assert downloads(share).count("Cnaes.zip") == 3
        assert len(list((tmp_path / "2026-02").glob("*.zip"))) == 36
        assert not list((tmp_path / "2026-02").glob("*.part"))


def test_a_disk_that_fills_up_midway_ends_the_fetch(published, tmp_path, monkeypatch):
    def finish(self, file):
        raise OSError(errno.ENOSPC, "No space left on device")

    with Share(published) as share, monkeypatch.context() as full:
        full.setattr("ingestion.cnpj.download.folder.Folder.finish", finish)
        with pytest.raises(OSError, match="No space left"):
            fetched(share, tmp_path)
        assert len(downloads(share)) < 37


def test_two_fetches_at_once(published, tmp_path):
    with Share(published) as share, (tmp_path / ".2026-02.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="another fetch into .*2026-02 is running"):
            fetched(share, tmp_path)
        assert not (tmp_path / "2026-02").exists()


def test_files_that_are_there_already_are_looked_into_not_fetched(published, tmp_path):
    folder = Path(shutil.copytree(published / "2026-02", tmp_path / "2026-02"))
    (folder / "Paises.zip").unlink()
    damaged = bytearray((folder / "Municipios.zip").read_bytes())
    damaged[9_000] ^= 1
    (folder / "Municipios.zip").write_bytes(damaged)
    (folder / "Socios1.zip").write_bytes(b"short")
    with Share(published) as share:
        fetched(share, tmp_path)
        assert sorted(downloads(share)) == ["Municipios.zip", "Paises.zip", "Socios1.zip"]
        assert_same(published, tmp_path)

        share.tag = "moved to another server"
        share.requests.clear()
        fetched(share, tmp_path)
        assert downloads(share) == []

        (folder / MANIFEST).write_text('{"Empresas0": ')  # half of it, after a power cut
        fetched(share, tmp_path)
        assert downloads(share) == []
        assert json.loads((folder / MANIFEST).read_text()).keys() == set(ARCHIVES)


def test_what_was_verified_is_not_read_again(published, tmp_path, monkeypatch):
    looked_into: list[Path] = []
    with Share(published) as share:
        fetched(share, tmp_path)
        monkeypatch.setattr(fetch_module, "damage", lambda path, tick: looked_into.append(path))
        fetched(share, tmp_path)
        assert looked_into == []
        os.utime(tmp_path / "2026-02" / "Simples.zip")
        fetched(share, tmp_path)
        assert [path.name for path in looked_into] == ["Simples.zip"]


def test_connections_are_given_up_as_the_server_refuses(published, tmp_path):
    faults = ShareFaults(seed=2, most_connections=1)
    with Share(published, faults=faults, bytes_per_second=400_000) as share:
        said = fetched(share, tmp_path)
        assert [line for line in said if "refuses" in line] == [
            "the server refuses or fails: 2 connections from now on",
            "the server refuses or fails: 1 connection from now on",
        ]
        assert share.faults_done["most_connections"] < 12


class Waits(threading.Event):
    """An event that notes how long it was waited for, and does not wait."""

    def __init__(self):
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout=None):
        self.seconds.append(timeout)
        return self.is_set()


def patience(**changed) -> tuple[Patience, list[float]]:
    found = Settings()
    for name, value in changed.items():
        found[name] = value
    made = Patience(found, lambda: True)
    made.closing = Waits()
    return made, made.closing.seconds


def test_only_attempts_without_progress_are_counted():
    position, outcomes = 0, iter([5, 0, 0, 7, 0, 0, 9, 0, 0, 0])

    def attempt():
        nonlocal position
        position += next(outcomes)
        raise Interrupted("no")

    waiting, waits = patience(attempts=3)
    with pytest.raises(UserError, match=r"file: given up after 3 attempts without progress \(no\)"):
        waiting.persist("file", attempt, lambda: position)
    assert list(outcomes) == [] and len(waits) == 9


def test_waits_are_jittered_grow_and_are_as_long_as_the_server_asks():
    asked = iter([None] * 7 + [90.0, 10.0**6])

    def attempt():
        raise Interrupted("busy", next(asked))

    waiting, waits = patience(attempts=10, backoff_seconds=1.0)
    with pytest.raises(StopIteration):
        waiting.persist("file", attempt)
    assert all(wait <= 2 ** (n + 1) for n, wait in enumerate(waits[:7]))
    assert len(set(waits)) == len(waits) and max(waits[:7]) > 2
    assert 90 <= waits[7] <= 210 and 1_800 <= waits[8] <= 1_920


def test_connections_come_back_after_a_quiet_while(monkeypatch):
    waiting, _ = patience()
    gate = waiting._gate

    def limit() -> int:
        with gate.slot(waiting.closing), gate.slot(waiting.closing) as seen:
            return seen

    for _ in range(2):
        gate.lower(limit())
        gate.lower(4)  # of somebody who started before
    assert gate._limit == 1
    monkeypatch.setattr("ingestion.cnpj.download.patience.RECOVERY", -1.0)
    with gate.slot(waiting.closing):
        pass
    assert gate._limit == 2


def test_a_closed_fetch_waits_no_more():
    waiting, _ = patience()
    waiting.closing.set()
    with pytest.raises(Closed):
        waiting.persist("file", lambda: None)


def test_a_listing_that_is_none_is_refused(published, tmp_path, monkeypatch):
    with Share(published) as share:
        handler = share._http.RequestHandlerClass
        bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
        monkeypatch.setattr(handler, "_multistatus", lambda *_: bomb)
        with pytest.raises(UserError, match="something else than a listing"):
            fetched(share, tmp_path)
        monkeypatch.setattr(handler, "_multistatus", lambda *_: b"<html>")
        with pytest.raises(UserError, match="given up .* malformed"):
            fetched(share, tmp_path, attempts=2)


def test_addresses_in_a_listing_lead_nowhere_else(own, tmp_path):
    (own / "2026-02" / "..%2f..%2fevil.zip").write_bytes(b"x")
    (own / "2026-02" / "Leia-me & co.txt").write_bytes(b"x")
    with Share(own) as share:
        fetched(share, tmp_path)
        assert all(".." not in request.path for request in share.requests)
        assert sorted(p.name for p in (tmp_path / "2026-02").glob("*.zip")) == sorted(NAMES)


def test_a_share_that_is_not_there_is_told_soon(published, tmp_path):
    with Share(published) as share:
        found = settings_of(share, backoff_seconds=0.01)
        found.share_url = "http://127.0.0.1:1/dav"
        with pytest.raises(UserError, match="after 3 attempts .*Connection refused"):
            fetch(found, tmp_path)
        found.share_url = share.url.replace("webdav", "elsewhere")
        with pytest.raises(UserError, match="there is no share at .* check CNPJ__SHARE_URL"):
            fetch(found, tmp_path)
        with pytest.raises(UserError, match="a release is a month such as 2026-05, not '2026-13'"):
            fetch(found, tmp_path, "2026-13")


def test_settings_are_read_and_checked(monkeypatch):
    monkeypatch.setenv("CNPJ__SHARE_URL", " https://example.org/dav/ ")
    monkeypatch.setenv("CNPJ__SHARE_TOKEN", "")
    read = settings()
    assert (read.share_url, read.share_token or "") == ("https://example.org/dav", "")
    for name, value in (("SHARE_URL", "ftp://x"), ("STALL_SECONDS", "0"), ("ATTEMPTS", "many")):
        with monkeypatch.context() as changed:
            changed.setenv(f"CNPJ__{name}", value)
            with pytest.raises(UserError, match=f"check CNPJ__{name}"):
                settings()


def environment_of(share: Share, home: Path, **changed: str) -> dict[str, str]:
    return {
        **os.environ,
        "ARMAZEM_HOME": str(home),
        "CNPJ__SHARE_URL": share.url,
        "CNPJ__SHARE_TOKEN": share.token,
        "CNPJ__STALL_SECONDS": "0.5",
        "CNPJ__BACKOFF_SECONDS": "0.01",
        **changed,
    }


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [COMMANDS / "armazem", "fetch", "cnpj", *arguments],
        env=environment, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # a shell's background job, as these tests may be, has Ctrl-C ignored, and so its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def until(is_so, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.002)


def test_a_killed_fetch_goes_on_where_it_was(published, tmp_path, seed=1):
    chance, kills = random.Random(seed), 2
    total = sum((published / "2026-02" / name).stat().st_size for name in NAMES)
    faults = ShareFaults(seed, drop=0.2, refuse=0.05)
    with Share(published, faults=faults, bytes_per_second=60_000) as share:
        environment = environment_of(share, tmp_path)
        for _ in range(kills):
            mark = sum(share.sent.values()) + chance.randrange(total // (kills + 1))
            process = start(environment)
            until(lambda process=process, mark=mark: (
                sum(share.sent.values()) >= mark or process.poll() is not None
            ))  # fmt: skip
            process.kill()
            process.communicate()
        finished = {p.name for p in (tmp_path / "releases" / "2026-02").glob("*.zip")}
        time.sleep(0.1)  # what was under way when it was killed
        before = len(downloads(share))
        share.bytes_per_second = None
        process = start(environment)
        out, error = process.communicate()
        assert process.returncode == 0, error
        assert out.splitlines()[-1].startswith("armazem load cnpj --dir ")
        assert_same(published, tmp_path / "releases")
        assert not finished & set(downloads(share)[before:])
        # of every connection at most what the kernel held when the process was killed
        assert_nothing_sent_twice(share, published, slack=kills * (64 << 10))


def test_ctrl_c_is_prompt_even_if_the_server_stalls(published, tmp_path):
    with Share(published, faults=ShareFaults(seed=1, stall=1.0)) as share:
        environment = environment_of(share, tmp_path, CNPJ__STALL_SECONDS="60")
        process = start(environment)
        until(lambda: share.faults_done["stall"] >= 4)
        process.send_signal(signal.SIGINT)
        sent_at = time.monotonic()
        _, error = process.communicate(timeout=10)
        assert time.monotonic() - sent_at < 5
        assert process.returncode != 0 and "Traceback" not in error


def test_a_list_and_a_mistake_at_the_command_line(published, tmp_path):
    with Share(published) as share:
        environment = environment_of(share, tmp_path)
        listing = start(environment, "--list")
        mistaken = start({**environment, "CNPJ__SHARE_TOKEN": "old"})
        out, _ = listing.communicate()
        assert [line.split()[0] for line in out.splitlines()[-2:]] == ["2026-02", "2026-01"]
        _, error = mistaken.communicate()
        assert mistaken.returncode == 1
        assert "refuses the token (401" in error and len(error.splitlines()) == 1
