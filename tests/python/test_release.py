"""Which files make a release, and what is said when they do not."""

import datetime as dt
import os
import zipfile

import pytest

from ingestion.cnpj.layout import KINDS
from ingestion.cnpj.release import find_release
from warehouse import UserError

INNER = {
    "Simples": "F.K03200$W.SIMPLES.CSV.D{date}",
    **{kind.archive: "F.K03200$Z.D{date}." + kind.marker for kind in KINDS[4:]},
}


def inner_name(archive: str, date: str) -> str:
    if archive in INNER:
        return INNER[archive].format(date=date)
    kind = next(kind for kind in KINDS if archive.startswith(kind.archive))
    return f"K3241.K03200Y{archive[-1]}.D{date}.{kind.marker}"


def write_zip(path, inner: str, content: bytes = b"", year: int = 2026):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(inner, (year, 12, 20, 0, 0, 0)), content)


@pytest.fixture
def complete(tmp_path):
    folder = tmp_path / "2026-05"
    folder.mkdir()
    for kind in KINDS:
        for archive in kind.archives:
            write_zip(folder / f"{archive}.zip", inner_name(archive, "60509"))
    return folder


def test_a_complete_release_is_recognised(complete):
    (complete / "LEIAME.pdf").write_bytes(b"x")
    release = find_release([complete])
    assert len(release.files) == 37
    assert (release.month, release.extraction_date) == ("2026-05", dt.date(2026, 5, 9))
    assert [path.name for path in release.ignored] == ["LEIAME.pdf"]
    assert {file.archive for file in release.files} == {a for k in KINDS for a in k.archives}


def test_bare_files_are_named_by_their_inner_name(tmp_path):
    for archive in ("Empresas0", "Simples", "Cnaes"):
        path = tmp_path / inner_name(archive, "60509")
        path.write_bytes(b"x\n")
        os.utime(path, (1_780_000_000, 1_780_000_000))  # 2026
    release = find_release([tmp_path], allow_partial=True)
    assert [file.archive for file in release.files] == ["Empresas0", "Simples", "Cnaes"]
    assert release.extraction_date == dt.date(2026, 5, 9)


def test_a_bare_inner_name_leaves_the_zip_to_decide(tmp_path):
    write_zip(tmp_path / "Socios3.zip", "Socios3", b"x")
    with pytest.raises(UserError, match="pass --extracted-on"):
        find_release([tmp_path], allow_partial=True)
    release = find_release([tmp_path], extracted_on=dt.date(2022, 10, 15), allow_partial=True)
    assert [(file.archive, release.month) for file in release.files] == [("Socios3", "2022-10")]


@pytest.mark.parametrize(
    ("made_in", "digits", "expected"),
    [(2026, "60509", 2026), (2020, "91214", 2019), (2021, "60101", 2016), (2020, "01221", 2020)],
)
def test_the_decade_comes_from_the_file(tmp_path, made_in, digits, expected):
    write_zip(tmp_path / "Cnaes.zip", inner_name("Cnaes", digits), year=made_in)
    assert find_release([tmp_path], allow_partial=True).extraction_date.year == expected


def test_what_is_wrong_is_said_in_one_line(complete, tmp_path):
    def message(*arguments, **options) -> str:
        with pytest.raises(UserError) as caught:
            find_release(*arguments, **options)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "there is no folder" in message([tmp_path / "nowhere"])
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "is empty" in message([empty])
    (empty / "notes.txt").write_text("x")
    assert "no registry files" in message([empty])
    assert "a month such as" in message([complete], month="May")
    assert "say 2026-05-09" in message([complete], extracted_on=dt.date(2026, 5, 10))

    socios = complete / "Socios3.zip"
    moved = tmp_path / "Socios3.zip"
    socios.rename(moved)
    assert "lacks Socios3 of 37 files" in message([complete])
    write_zip(socios, inner_name("Socios3", "60613"))
    assert "mixes extractions of 2026-05-09, 2026-06-13" in message([complete])
    assert find_release([complete], allow_partial=True).extraction_date == dt.date(2026, 6, 13)
    moved.replace(socios)
    (complete / inner_name("Socios3", "60509")).write_bytes(b"x")
    assert "has Socios3 more than once" in message([complete])

    socios.write_bytes(socios.read_bytes()[:40])
    assert "Socios3.zip is damaged" in message([complete])
    write_zip(socios, inner_name("Socios3", "60231"))
    assert "impossible date" in message([complete])
    with zipfile.ZipFile(socios, "w") as archive:
        archive.mkdir("Socios3")
    assert "should hold one file" in message([complete])


def test_a_release_is_of_its_month_and_not_of_the_future(complete):
    with pytest.raises(UserError, match="is to be release 2026-01"):
        find_release([complete], month="2026-01")
    wrong = complete.rename(complete.with_name("2025-11"))
    with pytest.raises(UserError, match="rename the folder"):
        find_release([wrong])
    lone = wrong.with_name("lone")
    lone.mkdir()
    write_zip(lone / "Cnaes.zip", "Cnaes")
    with pytest.raises(UserError, match="yet to come"):
        find_release([lone], extracted_on=dt.date(2999, 1, 1), allow_partial=True)


def test_a_complete_release_is_not_partial_because_it_was_allowed_to_be(complete):
    assert not find_release([complete], allow_partial=True).is_partial
    (complete / "Socios3.zip").unlink()
    assert find_release([complete], allow_partial=True).is_partial


def test_zips_without_a_clock_are_dated_by_the_file(tmp_path):
    write_zip(tmp_path / "Cnaes.zip", inner_name("Cnaes", "60509"), year=1980)
    os.utime(tmp_path / "Cnaes.zip", (1_780_000_000, 1_780_000_000))  # 2026
    release = find_release([tmp_path, tmp_path], allow_partial=True)
    assert (release.extraction_date, len(release.files)) == (dt.date(2026, 5, 9), 1)
