"""What the bytes of a zip tell: the first of them what is in it, all of them if it is whole."""

import errno
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

HEADER = 1024  # bytes that hold the first header for sure; official names take about 30
CHUNK = 1 << 20  # bytes
COMPRESSED_CHUNK = 1 << 17
# What zipfile, and what it or we call, say of an archive that is damaged.
DAMAGES = (
    zipfile.BadZipFile, zlib.error, isal_zlib.error, lzma.LZMAError, EOFError, NotImplementedError,
)  # fmt: skip
# And of bytes that make no sense at all.
_NONSENSE = (*DAMAGES, struct.error, RuntimeError, ValueError)
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


def contents(archive: zipfile.ZipFile, member: zipfile.ZipInfo, size: int) -> Iterator[bytes]:
    """The unzipped bytes, at most ``size`` at once, of an archive that was opened by its path.

    As zipfile reads them, three times as fast. One of DAMAGES, at the latest at the end, when they
    are not what the checksum says; RuntimeError when they are encrypted.
    """
    with archive.open(member) as stream:  # which looks at the header before the bytes
        if member.compress_type != zipfile.ZIP_DEFLATED:
            yield from iter(partial(stream.read, size), b"")
            return
    with Path(archive.filename).open("rb") as stream:
        yield from _inflated(stream, member, size)


def _inflated(stream: BinaryIO, member: zipfile.ZipInfo, size: int) -> Iterator[bytes]:
    stream.seek(member.header_offset)
    header = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    stream.seek(header[-2] + header[-1], os.SEEK_CUR)  # its name and extra field
    inflater, left, waiting = isal_zlib.decompressobj(-15), member.compress_size, b""
    checksum = length = 0
    while not inflater.eof:
        if not waiting:
            waiting = stream.read(min(COMPRESSED_CHUNK, left))
            left -= len(waiting)
        given, chunk = waiting, inflater.decompress(waiting, size)
        if not given and not chunk and not inflater.eof:  # without input it may still hold output
            raise zipfile.BadZipFile("it ends too early")
        waiting = inflater.unconsumed_tail
        checksum = isal_zlib.crc32(chunk, checksum)
        length += len(chunk)
        if chunk:
            yield chunk
    if (checksum, length) != (member.CRC, member.file_size):
        raise zipfile.BadZipFile("its checksum does not match")


def damage(path: Path, tick: Callable[[], None] = lambda: None) -> str | None:
    """What is wrong with the zip, None when every byte of it is as its checksums say.

    ``tick`` is called after every megabyte, and may raise.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                for _ in contents(archive, member, CHUNK):
                    tick()
    except _NONSENSE as error:
        return str(error) or type(error).__name__
    except OSError as error:
        if error.errno in (None, errno.EINVAL):  # bad bzip2 data; a directory before the start
            return str(error)
        raise
    return None
