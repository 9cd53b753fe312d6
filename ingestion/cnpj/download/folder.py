"""The folder a release is fetched into, and what is known of the files in it.

Beside the zips lie, while they are fetched, ``<zip>.part`` files and, always, ``.fetched.json``:
per file what the share listed (size, etag, modified), by what its part can be resumed (validator),
and size and time of the zip when its checksums were found to be right (checked). Losing it costs
time only.
"""

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ingestion.cnpj.download.share import SharedFile
from warehouse import UserError

MANIFEST = ".fetched.json"


class Folder:
    """A release's folder. Safe for threads; for one process at a time, see :meth:`locked`."""

    def __init__(self, path: Path):
        self.path = path
        self._known: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the right to change the folder. Raises UserError when another process does."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Beside it: a folder of which nothing could be fetched is never made.
        with (self.path.parent / f".{self.path.name}.lock").open("w") as lock_file:
            try:
                fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError(
                    f"another fetch into {self.path} is running: wait for it to end"
                ) from None
            self._known = self._read()
            yield

    def zip(self, file: SharedFile) -> Path:
        return self.path / file.name

    def part(self, file: SharedFile) -> Path:
        return self.path / f"{file.name}.part"

    def position(self, file: SharedFile) -> int:
        """Bytes of the file that are there and can be gone on from."""
        if not self._is_of(file):
            return 0
        try:
            size = self.part(file).stat().st_size
        except FileNotFoundError:
            return 0
        return size if size <= file.size else 0

    def validator(self, file: SharedFile) -> str:
        """What the server called the version that the part is of; empty when it did not."""
        return self._known.get(file.archive, {}).get("validator", "")

    def begin(self, file: SharedFile, validator: str) -> None:
        """Begin the file's part anew, and note which version it is of."""
        self.drop(file)  # first, or a kill in between would leave old bytes under a new name
        self._note(file, {"validator": validator})

    def drop(self, file: SharedFile) -> None:
        """Remove the file's part: it cannot be gone on from."""
        self.part(file).unlink(missing_ok=True)

    def finish(self, file: SharedFile) -> None:
        """Make a zip of the file's part, which was found to be whole."""
        with self.part(file).open("rb") as stream:
            os.fsync(stream.fileno())
        self.part(file).replace(self.zip(file))
        self.adopt(file)

    def adopt(self, file: SharedFile) -> None:
        """Note that the zip is the file as listed, and that its checksums are right."""
        self._note(file, {"checked": self._stamp(file)})

    def has(self, file: SharedFile) -> bool:
        """Whether the zip was found to be the file as listed, and was not touched since."""
        return self._is_of(file) and self.is_checked(file)

    def is_checked(self, file: SharedFile) -> bool:
        """Whether the zip's checksums were found to be right, and it was not touched since."""
        checked = self._known.get(file.archive, {}).get("checked")
        return checked is not None and checked == self._stamp(file)

    def _is_of(self, file: SharedFile) -> bool:
        known = self._known.get(file.archive)
        return known is not None and known["listed"] == _listed(file)

    def _stamp(self, file: SharedFile) -> list[int] | None:
        try:
            status = self.zip(file).stat()
        except FileNotFoundError:
            return None
        return [status.st_size, status.st_mtime_ns]

    def _note(self, file: SharedFile, known: dict[str, Any]) -> None:
        with self._lock:
            self._known[file.archive] = {"listed": _listed(file), **known}
            fresh = self.path / f"{MANIFEST}.new"
            fresh.write_text(json.dumps(self._known, indent=1, sort_keys=True) + "\n")
            fresh.replace(self.path / MANIFEST)

    def _read(self) -> dict[str, dict[str, Any]]:
        with suppress(FileNotFoundError, ValueError):  # half of it after a power cut: start anew
            known = json.loads((self.path / MANIFEST).read_text())
            if isinstance(known, dict) and all("listed" in each for each in known.values()):
                return known
        return {}


def _listed(file: SharedFile) -> dict[str, Any]:
    return {"size": file.size, "etag": file.etag, "modified": file.modified}
