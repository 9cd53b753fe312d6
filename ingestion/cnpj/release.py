"""A monthly release: which files it is made of, and whether they belong together."""

import datetime as dt
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ingestion.cnpj.layout import KINDS, Kind
from ingestion.cnpj.zips import DAMAGES, contents
from warehouse import UserError

# K3241.K03200Y0.D60509.EMPRECSV, F.K03200$W.SIMPLES.CSV.D60509, F.K03200$Z.D60509.CNAECSV
_DATE = re.compile(r"\.D(\d)(\d\d)(\d\d)(?:\.|$)", re.IGNORECASE)
_SHARD = re.compile(r"\.K\d+Y(\d)\.", re.IGNORECASE)
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class ReleaseFile:
    """One file of the registry on disk, zipped or bare."""

    path: Path
    kind: Kind
    archive: str  # official name of the zip it is or would be in, without ending
    extraction_date: dt.date | None  # None when the inner name does not tell
    size: int  # bytes, unzipped

    def chunks(self, size: int) -> Iterator[bytes]:
        """The unzipped bytes, at most ``size`` at once.

        A damaged zip raises UserError, at the latest at the end.
        """
        with _intact(self.path):
            if self.path.suffix.lower() != ".zip":
                with self.path.open("rb") as stream:
                    yield from iter(partial(stream.read, size), b"")
                return
            with zipfile.ZipFile(self.path) as archive:
                yield from contents(archive, archive.infolist()[0], size)


@dataclass(frozen=True)
class Release:
    """The files of one month, all of one extraction unless the load was told otherwise."""

    month: str  # YYYY-MM
    extraction_date: dt.date
    files: tuple[ReleaseFile, ...]
    ignored: tuple[Path, ...]  # what lies in the folder and is no registry file
    is_partial: bool


def find_release(
    folders: Sequence[Path],
    month: str | None = None,
    extracted_on: dt.date | None = None,
    allow_partial: bool = False,
) -> Release:
    """Recognise the registry files in ``folders`` (zips or bare CSVs, not in subfolders).

    A release is complete when every one of the 37 files is there once and all carry the same
    extraction date; ``allow_partial`` takes any set, dated by its newest file. ``extracted_on``
    dates files whose names do not. Everything wrong raises UserError.
    """
    files, ignored = [], []
    for path in _listing(folders):
        file = _recognise(path)
        if file:
            files.append(file)
        else:
            ignored.append(path)
    where = ", ".join(str(folder) for folder in folders)
    if not files:
        raise UserError(f"no registry files in {where}: expected Empresas0.zip and the like")
    dates = {file.extraction_date for file in files if file.extraction_date}
    incomplete = _incompleteness(files, dates, where)
    if incomplete and not allow_partial:
        raise UserError(incomplete)
    extraction_date = max(dates, default=extracted_on)
    if extracted_on and extracted_on != extraction_date:
        raise UserError(
            f"the names in {where} say {extraction_date}: --extracted-on is for files that do not"
        )
    if extraction_date is None:
        raise UserError(
            f"the names in {where} do not tell when the data was extracted: pass --extracted-on"
        )
    if month and not MONTH.fullmatch(month):
        raise UserError(f"a release is a month such as 2026-05, not {month!r}")
    if extraction_date > dt.date.today():
        raise UserError(f"{where} would be of {extraction_date}, which is yet to come")
    named = folders[0].resolve().name
    month = month or (named if MONTH.fullmatch(named) else f"{extraction_date:%Y-%m}")
    if abs((dt.date.fromisoformat(f"{month}-15") - extraction_date).days) > 45:
        raise UserError(
            f"{where} is to be release {month}, and its files were extracted on {extraction_date}:"
            " rename the folder or pass the right --release"
        )
    files.sort(key=lambda file: (KINDS.index(file.kind), file.archive, file.path))
    return Release(month, extraction_date, tuple(files), tuple(ignored), bool(incomplete))


def _listing(folders: Sequence[Path]) -> list[Path]:
    paths: set[Path] = set()
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"there is no folder {folder}")
        visible = (path for path in folder.resolve().iterdir() if not path.name.startswith("."))
        paths |= {path for path in visible if path.is_file()}
    if not paths:
        raise UserError(f"{', '.join(map(str, folders))} is empty: expected registry files")
    return sorted(paths)


def _recognise(path: Path) -> ReleaseFile | None:
    """The file as its inner name describes it or, where that is bare, its zip's name."""
    if path.suffix.lower() != ".zip":
        kind = _kind_by_marker(path.name)
        if not kind:
            return None
        extracted_on = _dated(path.name, _modified_on(path))
        size = path.stat().st_size
        return ReleaseFile(path, kind, _archive(kind, path.name), extracted_on, size)
    named = _kind_by_archive(path.stem)
    with _intact(path), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if len(members) != 1 or members[0].is_dir():
        if named:
            raise UserError(f"{path.name} should hold one file, and does not")
        return None
    inner = members[0]
    kind = _kind_by_marker(inner.filename) or (named[0] if named else None)
    if not kind:
        return None
    name = named[1] if named and named[0] == kind else _archive(kind, inner.filename)
    # 1980 and earlier is what zips say that were made without a clock
    has_date = inner.date_time[0] > 1980
    made_on = dt.date(*inner.date_time[:3]) if has_date else _modified_on(path)
    return ReleaseFile(path, kind, name, _dated(inner.filename, made_on), inner.file_size)


def _modified_on(path: Path) -> dt.date:
    return dt.date.fromtimestamp(path.stat().st_mtime)


def _kind_by_marker(name: str) -> Kind | None:
    parts = name.upper().split(".")
    return next((kind for kind in KINDS if kind.marker in parts), None)


def _kind_by_archive(stem: str) -> tuple[Kind, str] | None:
    for kind in KINDS:
        for archive in kind.archives:
            if archive.lower() == stem.lower():
                return kind, archive
    return None


def _archive(kind: Kind, inner_name: str) -> str:
    shard = _SHARD.search(inner_name)
    return kind.archive + (shard[1] if shard and kind.shards > 1 else "")


def date_mark(inner_name: str) -> str | None:
    """The part of an inner name that dates it, as in D60509; None where there is none."""
    match = _DATE.search(inner_name)
    return match and f"D{''.join(match.groups())}"


def _dated(inner_name: str, made_on: dt.date) -> dt.date | None:
    """The date of ``Dymmdd``: the newest with that digit that is no later than the file itself."""
    match = _DATE.search(inner_name)
    if not match:
        return None
    digit, month, day = map(int, match.groups())
    year = made_on.year - (made_on.year - digit) % 10
    try:
        extracted_on = dt.date(year, month, day)
        # a day of grace, for clocks and time zones
        is_later = extracted_on > made_on + dt.timedelta(days=1)
        return extracted_on.replace(year=year - 10) if is_later else extracted_on
    except ValueError:
        raise UserError(f"{inner_name} carries an impossible date") from None


def _incompleteness(files: list[ReleaseFile], dates: set[dt.date], where: str) -> str | None:
    """What keeps the files from being a complete release, in one line; None when nothing does."""
    names = Counter(file.archive for file in files)
    expected = [archive for kind in KINDS for archive in kind.archives]
    hint = "pass --allow-partial to load it all the same"
    if missing := [name for name in expected if name not in names]:
        return f"{where} lacks {some(missing)} of 37 files: finish the download, or {hint}"
    if repeated := [name for name, count in names.items() if count > 1]:
        return f"{where} has {some(repeated)} more than once: keep one of each"
    if len(dates) > 1:
        listed = ", ".join(f"{date}" for date in sorted(dates))
        return f"{where} mixes extractions of {listed}: download the month again, or {hint}"
    return None


def some(names: Sequence[str], most: int = 4) -> str:
    """The names in words, the first few of them and how many more there are."""
    listed = ", ".join(names[:most])
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed


@contextmanager
def _intact(path: Path) -> Iterator[None]:
    """Turn what zipfile and zlib say of a damaged archive into one line."""
    try:
        yield
    except DAMAGES as error:
        raise UserError(f"{path.name} is damaged ({error}): download it again") from error
    except RuntimeError as error:  # what zipfile raises for an encrypted member
        raise UserError(f"{path.name} cannot be read: {error}") from error
