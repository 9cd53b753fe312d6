"""One file after the other out of the share, whole, whatever happens on the way."""

import threading

from requests import Response

from ingestion.cnpj.download.folder import Folder
from ingestion.cnpj.download.patience import Closed, Interrupted, Patience
from ingestion.cnpj.download.share import NotShared, Share, SharedFile, chunks, content_range
from ingestion.cnpj.zips import damage
from ingestion.progress import Progress
from warehouse import UserError

MOST_CHANGES = 5  # of one file while it is fetched
MOST_DAMAGED = 3  # times that a file arrives with wrong checksums
MEGABYTE = 1_000_000


class _Changed(Exception):  # noqa: N818
    """The share has another version of the file by now."""

    def __init__(self, file: SharedFile):
        super().__init__(file.name)
        self.file = file


class _Mismatch(Exception):  # noqa: N818
    """The answer is not of the file as it was listed."""


class Downloads:
    """Files of one release on their way into its folder. Safe for threads."""

    def __init__(
        self,
        share: Share,
        patience: Patience,
        folder: Folder,
        month: str,
        files: list[SharedFile],
        progress: Progress,
    ):
        self._share, self._patience, self._folder = share, patience, folder
        self._month = month
        self._meter = _Meter(f"fetching {month}, MB", files, folder, progress)

    def fetch(self, file: SharedFile) -> str:
        """Make the file be there and whole; returns a line that says how it went.

        Raises UserError when the server does not give it, Closed when the work is over.
        """
        for _ in range(MOST_DAMAGED):
            file, breaks = self._complete(file)
            if self._folder.has(file):  # it was listed wrongly, and is what was fetched before
                return f"{file.name}: unchanged"
            fault = damage(self._folder.part(file), self._tick)
            if not fault:
                self._folder.finish(file)
                often = f", interrupted {breaks} times" if breaks > 1 else ""
                return f"{file.name}: {file.size:,} bytes{often}"
            self._folder.drop(file)
        raise UserError(
            f"{file.name} arrived damaged {MOST_DAMAGED} times ({fault}), so it probably is on the"
            " share: run the command again later"
        )

    def end(self) -> None:
        """All files are there."""
        self._meter.end()

    def _complete(self, file: SharedFile) -> tuple[SharedFile, int]:
        """Get all bytes of the newest version; it, and how often the others broke off."""
        breaks = 0

        def attempt() -> None:
            nonlocal breaks
            try:
                self._transfer(file)
            except Interrupted:
                breaks += 1
                raise

        def position() -> int:
            return self._folder.position(file)

        for _ in range(MOST_CHANGES):
            try:
                self._patience.persist(file.name, attempt, position)
                return file, breaks
            except _Changed as change:
                self._folder.drop(file)
                file = change.file
        raise UserError(
            f"{file.name} changed {MOST_CHANGES} times while it was fetched: it is being"
            " published, so run the command again later"
        )

    def _transfer(self, file: SharedFile) -> None:
        """Go on to the end of the file, in one request."""
        start = self._folder.position(file)
        if start == file.size or self._folder.has(file):
            return
        validator = self._folder.validator(file) if start else ""
        try:
            with self._share.open(file, start, validator=validator) as response:
                if response.status_code == 206:
                    self._require_continuation(file, response, start, validator)
                else:  # all of it: the server knows no ranges, or has another version
                    _require_whole(file, response)
                    start = 0
                if not start:
                    self._folder.begin(file, _validator(response))
                self._write(file, response, start)
        except (_Mismatch, NotShared) as error:
            raise self._explained(file, error) from None

    def _require_continuation(
        self, file: SharedFile, response: Response, start: int, validator: str
    ) -> None:
        first, size = content_range(response)
        if first != start:
            raise Interrupted(f"byte {first} came when byte {start} was asked for")
        if size not in (None, file.size):
            raise _Mismatch(f"{size} bytes are served and {file.size} listed")
        now = response.headers.get("ETag" if validator.startswith('"') else "Last-Modified")
        if validator and now and now != validator:
            self._folder.drop(file)  # or two versions would become one file
            raise _Mismatch("another version came than was begun")

    def _write(self, file: SharedFile, response: Response, start: int) -> None:
        position = start
        with self._folder.part(file).open("ab" if start else "wb") as part:
            for chunk in chunks(response):
                self._tick()
                position += len(chunk)
                if position > file.size:
                    raise _Mismatch(f"more bytes are served than the {file.size} listed")
                part.write(chunk)
                self._meter.show(file, position)
        if position < file.size:
            raise Interrupted(f"the connection was closed at byte {position} of {file.size}")

    def _explained(self, file: SharedFile, error: Exception) -> Exception:
        """What an answer that does not fit means: the file changed, went away, or neither."""
        try:
            fresh = self._share.files(self._month).get(file.archive)
        except NotShared:
            fresh = None
        if not fresh:
            return UserError(
                f"{file.name} of release {self._month} is no longer on the share ({error}): what"
                " was fetched is kept; armazem fetch cnpj --list shows what there is"
            )
        return Interrupted(str(error)) if fresh == file else _Changed(fresh)

    def _tick(self) -> None:
        if self._patience.closing.is_set():
            raise Closed


class _Meter:
    """Megabytes of all files together, told when they change."""

    def __init__(self, what: str, files: list[SharedFile], folder: Folder, progress: Progress):
        self._what, self._progress = what, progress
        self._positions = {file.archive: folder.position(file) for file in files}
        self._total = -(-sum(file.size for file in files) // MEGABYTE)
        self._shown = -1
        self._lock = threading.Lock()

    def show(self, file: SharedFile, position: int) -> None:
        with self._lock:
            self._positions[file.archive] = position
            done = min(sum(self._positions.values()) // MEGABYTE, self._total - 1)
            if done != self._shown:
                self._shown = done
                self._progress(self._what, done, self._total)

    def end(self) -> None:
        self._progress(self._what, self._total, self._total)


def _require_whole(file: SharedFile, response: Response) -> None:
    length = response.headers.get("Content-Length", "")
    if length.isdigit() and int(length) != file.size:
        raise _Mismatch(f"{length} bytes are served and {file.size} listed")


def _validator(response: Response) -> str:
    """What names this version in If-Range, which takes strong tags and dates only."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
