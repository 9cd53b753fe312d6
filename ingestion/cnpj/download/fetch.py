"""Fetching a release from the official share: all 37 files of one extraction, each of them whole.

Whatever is wrong with the release is found before the first of its gigabytes is asked for. A fetch
that ends early, however it ends, goes on where it was when it is run again.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingestion.cnpj.download.crew import work_through
from ingestion.cnpj.download.files import Downloads
from ingestion.cnpj.download.folder import Folder
from ingestion.cnpj.download.patience import Closed, Patience
from ingestion.cnpj.download.settings import Settings
from ingestion.cnpj.download.share import ARCHIVES, NotShared, Share, SharedFile
from ingestion.cnpj.release import MONTH, Release, date_mark, find_release, some
from ingestion.cnpj.zips import HEADER, damage, first_name
from ingestion.progress import Progress, silent
from warehouse import UserError

ROUNDS = 3  # of a release that is published anew while it is fetched
SPARE_SPACE = 200 << 20  # bytes of the disk that are left alone
END = 1024  # last bytes of a zip, which hold its checksum: they tell it from another of its size

Say = Callable[[str], None]


@dataclass(frozen=True)
class SharedRelease:
    """A month on the share, and its registry files."""

    month: str
    files: tuple[SharedFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def missing(self) -> list[str]:
        """Names of the files it lacks."""
        found = {file.archive for file in self.files}
        return [f"{archive}.zip" for archive in ARCHIVES if archive not in found]


def list_months(settings: Settings) -> list[str]:
    """The months on the share, oldest first. Raises UserError."""
    with Share(settings) as share:
        return _Reader(share, settings, lambda line: None).months()


def list_releases(settings: Settings, say: Say = lambda line: None) -> list[SharedRelease]:
    """What the share has, newest first. Raises UserError."""
    with Share(settings) as share:
        reader = _Reader(share, settings, say)
        return [reader.release(month) for month in reversed(reader.months())]


def fetch(
    settings: Settings,
    folder: Path,
    month: str | None = None,
    progress: Progress = silent,
    say: Say = lambda line: None,
) -> Release:
    """Fetch a month, or the newest that is complete, into ``folder/YYYY-MM``.

    ``say`` is told of every file that has come and of what goes wrong on the way. Raises UserError
    when the month is not on the share, is incomplete or mixes extractions or the disk is too small,
    and then nothing was fetched; or when a file cannot be had, and then all that came is kept.
    """
    if month and not MONTH.fullmatch(month):
        raise UserError(f"a release is a month such as 2026-05, not {month!r}")
    with Share(settings) as share:
        reader = _Reader(share, settings, say)
        release = reader.release(month) if month else reader.newest()
        target = Folder(folder / release.month)
        with target.locked():
            for _ in range(ROUNDS):
                reader.require_complete(release)
                missing = reader.missing(release, target)
                if not missing:
                    return find_release([target.path], release.month)
                reader.require_one_extraction(release, target, missing)
                _require_space(target, missing)
                reader.download(release, target, missing, progress)
                # What was published anew meanwhile comes anew: the files have to be of a piece.
                release = reader.release(release.month)
    raise UserError(
        f"release {release.month} was published again and again while it was fetched: run the"
        " command again later"
    )


def _require_space(folder: Folder, missing: list[SharedFile]) -> None:
    needed = sum(file.size - folder.position(file) for file in missing)
    disk = folder.path.parent
    free = shutil.disk_usage(disk).free
    if free < needed + SPARE_SPACE:
        raise UserError(
            f"{disk} has {free / 1e9:,.1f} GB free, and {needed / 1e9:,.1f} GB are to be fetched:"
            " make room, or choose another disk with --dir"
        )


class _Reader:
    """What is asked of the share, as often as it takes."""

    def __init__(self, share: Share, settings: Settings, say: Say):
        self._share, self._say = share, say
        self._workers = settings.connections
        self._patience = Patience(settings, lambda: share.has_answered, say)

    def months(self) -> list[str]:
        """Oldest first, at least one."""
        months = self._patience.persist(
            f"the list of releases at {self._share.url}", self._share.months
        )
        if not months:
            raise UserError(f"there are no releases at {self._share.url}: check CNPJ__SHARE_URL")
        return months

    def newest(self) -> SharedRelease:
        """The newest release that is complete."""
        for month in reversed(self.months()):
            release = self.release(month)
            if not release.missing:
                return release
            self._say(f"{month} is not complete yet: it lacks {some(release.missing)}")
        raise UserError(f"no release at {self._share.url} is complete")

    def release(self, month: str) -> SharedRelease:
        """The month as the share lists it now."""
        try:
            files = self._patience.persist(f"the list of {month}", lambda: self._share.files(month))
            return SharedRelease(month, tuple(files.values()))
        except NotShared:
            there_are = some(self.months()[::-1])
        raise UserError(
            f"release {month} is not, or no longer, at {self._share.url}, which has {there_are}:"
            " see armazem fetch cnpj --list"
        )

    def require_complete(self, release: SharedRelease) -> None:
        if release.missing:
            raise UserError(
                f"release {release.month} is not complete on the share: it lacks"
                f" {some(release.missing)} of 37 files, so try again later"
            )

    def missing(self, release: SharedRelease, folder: Folder) -> list[SharedFile]:
        """The files that the folder does not hold as they are listed."""
        held = self._all(release.files, lambda file: self._is_held(file, folder))
        return [file for file, is_held in zip(release.files, held, strict=True) if not is_held]

    def _is_held(self, file: SharedFile, folder: Folder) -> bool:
        """Whether the zip is there and whole; one that nothing is known of is looked into."""
        if folder.has(file):
            return True
        path = folder.zip(file)
        if not path.is_file() or path.stat().st_size != file.size:
            return False
        if not folder.is_checked(file) and (fault := damage(path, self._tick)):
            self._say(f"{path} is damaged ({fault}) and is fetched again")
            path.unlink()
            return False
        # Whole, but which version? A share that was moved tells new tags for the same files.
        start = max(0, file.size - END)
        with path.open("rb") as stream:
            stream.seek(start)
            end = stream.read()
        if end != self._read(file, start, file.size - 1):
            return False
        folder.adopt(file)
        return True

    def require_one_extraction(
        self, release: SharedRelease, folder: Folder, missing: list[SharedFile]
    ) -> None:
        """Raise UserError unless the names inside all zips, here and there, carry one date."""
        starts = self._all(missing, lambda file: self._read(file, 0, HEADER - 1))
        heads = list(zip(missing, starts, strict=True))
        for file in set(release.files) - set(missing):
            with folder.zip(file).open("rb") as stream:
                heads.append((file, stream.read(HEADER)))
        names: dict[str, list[str]] = {}
        for file, start in heads:
            inner = first_name(start)
            if not (inner and (mark := date_mark(inner))):
                raise UserError(
                    f"{file.name} of release {release.month} does not tell when it was extracted"
                    f" ({inner or 'it is no zip'}): try again later; nothing was fetched"
                )
            names.setdefault(mark, []).append(file.name)
        if len(names) > 1:
            found = " and ".join(f"{mark} ({some(sorted(names[mark]))})" for mark in sorted(names))
            raise UserError(
                f"release {release.month} mixes extractions: {found}; it is being published, so try"
                " again later; nothing was fetched"
            )

    def download(
        self,
        release: SharedRelease,
        folder: Folder,
        files: list[SharedFile],
        progress: Progress,
    ) -> None:
        """Fetch the files, the largest first, so that none is left for the end."""
        folder.path.mkdir(exist_ok=True)
        downloads = Downloads(self._share, self._patience, folder, release.month, files, progress)
        largest_first = sorted(files, key=lambda file: -file.size)
        self._all(largest_first, lambda file: self._say(downloads.fetch(file)))
        downloads.end()

    def _read(self, file: SharedFile, start: int, end: int) -> bytes:
        try:
            return self._patience.persist(file.name, lambda: self._share.read(file, start, end))
        except NotShared:
            raise UserError(
                f"{file.url} is listed and not there: see armazem fetch cnpj --list"
            ) from None

    def _all(self, items, work):
        return work_through(items, work, self._workers, self._patience.closing)

    def _tick(self) -> None:
        if self._patience.closing.is_set():
            raise Closed
