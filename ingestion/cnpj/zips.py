"""What the bytes of a zip tell: the first of them what is in it, all of them if it is whole."""

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

HEADER = 1024  # bytes that hold the first header for sure; official names take about 30
CHUNK = 1 << 20  # bytes
# What zipfile and what it calls say of bytes that make no sense.
_NONSENSE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError,
    RuntimeError, ValueError,
)  # fmt: skip
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")


def first_name(start: bytes) -> str | None:
    """The name of the first file in a zip that starts with these bytes; None if it is no zip."""
    if len(start) < _LOCAL_HEADER.size:
        return None
    signature, *_, length, _ = _LOCAL_HEADER.unpack_from(start)
    name = start[_LOCAL_HEADER.size :][:length]
    if signature != b"PK\3\4" or not length or len(name) < length:
        return None
    return name.decode("cp437")


def damage(path: Path, tick: Callable[[], None] = lambda: None) -> str | None:
    """What is wrong with the zip, None when every byte of it is as its checksums say.

    ``tick`` is called after every megabyte, and may raise.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as stream:
                    while stream.read(CHUNK):
                        tick()
    except _NONSENSE as error:
        return str(error) or type(error).__name__
    except OSError as error:
        if error.errno in (None, errno.EINVAL):  # bad bzip2 data; a directory before the start
            return str(error)
        raise
    return None
