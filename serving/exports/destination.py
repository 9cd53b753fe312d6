"""A folder on any filesystem that fsspec knows: this machine's, S3, Google Cloud Storage."""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs

from warehouse.errors import UserError, first_line

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}


class Destination:
    """Paths are relative to the folder. Whatever the filesystem has against a call: UserError.

    ``url`` is the same however the folder is spelled: locks go by it.
    """

    def __init__(self, url: str) -> None:
        scheme, is_remote, _ = url.partition("://")
        self.is_local = not is_remote or scheme in ("file", "local")
        options = {"auto_mkdir": True} if self.is_local else {"use_listings_cache": False}
        try:
            path = url.partition("://")[2] if is_remote else url
            self.url = str(Path(path).resolve()) if self.is_local else url.rstrip("/")
            self.fs, self.root = url_to_fs(self.url, skip_instance_cache=True, **options)
        except ImportError as error:
            extra = EXTRAS.get(scheme)
            remedy = f"pip install 'armazem[{extra}]'" if extra else first_line(error)
            raise UserError(f"{url}: this needs more packages: {remedy}") from None
        except (ValueError, OSError, RuntimeError) as error:  # no such scheme; links in a circle
            raise UserError(f"{url}: {first_line(error)}") from None
        if not self.is_local:
            self.url = self.fs.unstrip_protocol(self.root)

    def folders(self) -> list[str]:
        """Names of what lies in the folder; none, if there is no such folder."""
        try:
            found = self.fs.ls(self.root, detail=False)
        except FileNotFoundError:  # nor, maybe, its bucket: then the first file cannot be written
            return []
        except Exception as error:
            raise self._told(error) from error
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found)

    def has(self, path: str) -> bool:
        return self._call(self.fs.exists, self._at(path))

    def sizes(self, folder: str) -> dict[str, int]:
        """Bytes of every file below a folder, by its path in there."""
        root = self._at(folder)
        found = self._call(self.fs.find, root, detail=True)
        return {path[len(root) + 1 :]: info["size"] for path, info in found.items()}

    @contextmanager
    def create(self, folder: str, path: str) -> Iterator["HashedFile"]:
        """A new file below a folder, written as a stream."""
        opened = self._call(self.fs.open, self._at(f"{folder}/{path}"), "wb")
        with HashedFile(opened, self._call) as file:
            yield file

    def put(self, path: str, content: bytes) -> None:
        """Write a small file in one go: readers see the old one or the new one."""
        at = self._at(path)
        if not self.is_local:
            self._call(self.fs.pipe_file, at, content)
            return
        self._call(self.fs.pipe_file, f"{at}.next", content)
        self._call(Path(f"{at}.next").replace, at)

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it."""
        self._call(self.fs.rm, self._at(path), recursive=True)

    def _at(self, path: str) -> str:
        return f"{self.root}/{path}"

    def _call(self, function: Callable, *args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except Exception as error:  # every filesystem has its own
            raise self._told(error) from error

    def _told(self, error: Exception) -> UserError:
        return UserError(f"{self.url}: {first_line(error)}")


class HashedFile(io.RawIOBase):
    """Passes on what is written to another file; counts its bytes and hashes them."""

    def __init__(self, file: io.IOBase, call: Callable) -> None:
        self._file, self._call = file, call
        self._digest, self.bytes = hashlib.sha256(), 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._digest.update(data)
        self.bytes += len(data)
        self._call(self._file.write, data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._call(self._file.close)
