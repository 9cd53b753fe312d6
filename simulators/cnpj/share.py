"""The official share over a folder of releases: WebDAV on loopback, with its faults.

It answers like the public share of a Nextcloud: PROPFIND of the root and of a month, GET with Range
and If-Range, the share's token as the user name of Basic authentication.
"""

import base64
import hashlib
import re
import select
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

from simulators.loopback import Handler, Loopback

BASE = "/public.php/webdav"
CHUNK = 4096  # bytes sent at once
SPARED = 1024  # bytes; shorter answers arrive as they are
EDGE = 256  # bytes at either end of a zip that no checksum covers


@dataclass(frozen=True)
class ShareFaults:
    """What goes wrong: rates from 0 to 1, of GETs where nothing else is said.

    One request has one fault at most, the same for the same seed, file and number of request for
    that file, in whatever order files are asked for. Answers of 1 KB or less are only refused.
    """

    seed: int = 0
    drop: float = 0.0  # the connection ends midway
    stall: float = 0.0  # it stays open midway and nothing comes any more
    short: float = 0.0  # fewer bytes are announced than there are, and sent
    corrupt: float = 0.0  # a byte of what is packed is another one
    ignore_range: float = 0.0  # of GETs with a Range: all of the file comes
    refuse: float = 0.0  # 429 or 503, half of them with Retry-After
    wrong_size: float = 0.0  # of the files in a listing
    wrong_listings: int = 1_000_000  # per folder, after which sizes are right
    mixed: float = 0.0  # of a month's files: those of the month before
    most_connections: int | None = None  # GETs at once; what is more is refused or hung up on

    def rng(self, *what: object) -> Random:
        return Random(f"{self.seed}/{what}")


class ShareRequest(NamedTuple):
    """One line of the log."""

    method: str
    path: str  # below the share's root, as in 2026-05/Empresas0.zip
    range: str  # as asked for; empty where all was
    status: int  # 0 when nothing was answered
    fault: str  # empty where there was none


class Share(Loopback):
    """A folder of releases as the official share, on loopback, while in its ``with`` block.

    Files and folders may be changed at any time; so may ``faults`` and

    - ``hidden``: names of folders that are not there;
    - ``tag``: another one gives all files another ETag;
    - ``has_tags``: without, neither ETag nor Last-Modified is told;
    - ``heeds_if_range``: without, parts are sent of whatever the file is by now.

    ``requests`` is the log, ``sent`` counts the bytes that were sent of each file.
    """

    def __init__(
        self,
        folder: Path | str,
        token: str = "token",
        faults: ShareFaults | None = None,
        port: int = 0,
        bytes_per_second: int | None = None,  # of each connection
    ):
        self.folder = Path(folder)
        self.token = token
        self.faults = faults or ShareFaults()
        self.hidden: set[str] = set()
        self.tag = ""
        self.has_tags = True
        self.heeds_if_range = True
        self.bytes_per_second = bytes_per_second
        self.requests: list[ShareRequest] = []
        self.sent: Counter[str] = Counter()
        self.closing = threading.Event()
        self._replacements: dict[str, Path] = {}
        self._moves_after: int | None = None
        self._asked: Counter[str] = Counter()
        self._busy = 0
        self._lock = threading.Lock()
        super().__init__(_Handler, port, BASE)

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        super().__exit__()

    @property
    def faults_done(self) -> Counter[str]:
        return Counter(request.fault for request in list(self.requests) if request.fault)

    def replace_midway(self, path: str, by: Path) -> None:
        """Let a file (as in 2026-05/Empresas0.zip) be replaced when half of it was sent."""
        self._replacements[path] = by

    def move_after(self, count: int) -> None:
        """Let all months be gone after so many requests more."""
        self._moves_after = len(self.requests) + count

    def listing(self, path: str) -> list[tuple[str, Path]] | None:
        """A folder and what is in it: addresses below the root; None when it is not there."""
        folder = self.source(path)
        if folder is None or not folder.is_dir():
            return None
        inside = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
        names = [f"{path}/{each.name}".lstrip("/") for each in inside]
        shown = [name for name in names if self.source(name)]
        return [(path, folder)] + [(name, self.source(name)) for name in shown]

    def source(self, path: str) -> Path | None:
        """What is served at an address; None when nothing is."""
        parts = [part for part in path.split("/") if part]
        moved = self._moves_after is not None and len(self.requests) >= self._moves_after
        if ".." in parts or (parts and (parts[0] in self.hidden or moved)):
            return None
        found = self.folder.joinpath(*parts)
        if len(parts) == 2 and self.faults.rng(path).random() < self.faults.mixed:
            months = sorted(p.name for p in self.folder.iterdir() if p.is_dir())
            before = months[max(0, months.index(parts[0]) - 1)]
            found = self.folder / before / parts[1]
        return found if found.exists() else None

    def etag(self, source: Path) -> str:
        status = source.stat()
        told = f"{self.tag}/{source}/{status.st_size}/{status.st_mtime_ns}"
        return f'"{hashlib.md5(told.encode()).hexdigest()}"'

    def number(self, what: str) -> int:
        """How often this was asked for before."""
        with self._lock:
            self._asked[what] += 1
            return self._asked[what] - 1

    def count(self, path: str, sent: int) -> None:
        with self._lock:
            self.sent[path] += sent

    def enter(self) -> bool:
        """Whether a GET more is borne."""
        with self._lock:
            most = self.faults.most_connections
            if most is not None and self._busy >= most:
                return False
            self._busy += 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._busy -= 1

    def half_sent(self, path: str) -> bool:
        """Replace the file if it is to be; whether it was."""
        with self._lock:
            by = self._replacements.pop(path, None)
        if by is None:
            return False
        fresh = self.folder / f".{by.name}.new"
        fresh.write_bytes(by.read_bytes())
        fresh.replace(self.folder / path)
        return True


class _Handler(Handler):
    server_version, sys_version = "Apache", ""

    def setup(self) -> None:
        # so that what is counted as sent is not far ahead of what arrives
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        super().setup()

    def do_PROPFIND(self) -> None:  # noqa: N802
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self._path()
        if path is None:
            return
        entries = self.share.listing(path)
        if entries is None:
            self._refuse("PROPFIND", path, 404, "NotFound", "File not found")
            return
        if self.headers.get("Depth") == "0":
            entries = entries[:1]
        number = self.share.number(f"list {path}")
        body = self._multistatus(path, number, entries)
        self._log("PROPFIND", path, 207)
        self._answer(207, body, {"DAV": "1, 3, extended-mkcol"}, reason="Multi-Status")

    def do_GET(self) -> None:  # noqa: N802
        path = self._path()
        if path is None:
            return
        source = self.share.source(path)
        if source is None or not source.is_file():
            self._refuse(
                "GET", path, 404, "NotFound", f"File with name {path} could not be located"
            )
            return
        rng = self.share.faults.rng(path, self.share.number(path))
        if not self.share.enter():
            self._refuse_busy(path, rng, "most_connections", may_hang_up=True)
            return
        try:
            self._send_file(path, source, rng)
        finally:
            self.share.leave()

    @property
    def share(self) -> Share:
        return self.server.owner

    def _path(self) -> str | None:
        """The address below the share's root; None when the request has been refused."""
        path = unquote(urlsplit(self.path).path)
        told = self.headers.get("Authorization", "").removeprefix("Basic ")
        user = base64.b64decode(told or "").decode("utf-8", "replace").partition(":")[0]
        if user != self.share.token:
            self._refuse(self.command, path, 401, "NotAuthenticated", "No public access to this")
            return None
        if path != BASE and not path.startswith(f"{BASE}/"):
            self._refuse(self.command, path, 404, "NotFound", "File not found")
            return None
        return path.removeprefix(BASE).strip("/")

    def _send_file(self, path: str, source: Path, rng: Random) -> None:
        with source.open("rb") as stream:
            size, etag = source.stat().st_size, self.share.etag(source)
            asked = self.headers.get("Range", "")
            first, last = _range(asked, size)
            is_same = self.headers.get("If-Range", etag) in (etag, _modified(source))
            is_part = bool(asked) and (is_same or not self.share.heeds_if_range)
            fault = self._fault(rng, last - first + 1 if is_part else size, is_part)
            if fault == "refuse":
                self._refuse_busy(path, rng, fault)
                return
            if fault == "ignore_range":
                is_part = False
            if is_part and first >= size:
                self._refuse("GET", path, 416, "RequestedRangeNotSatisfiable", "Out of range")
                return
            if not is_part:
                first, last = 0, size - 1
            length = last - first + 1
            end = rng.randrange(length) if fault in ("drop", "stall", "short") else length
            wrong = None
            if fault == "corrupt" and first < size - 2 * EDGE:
                wrong = rng.randrange(max(first, EDGE), size - EDGE) - first
            headers = {"Content-Type": "application/zip"}
            if self.share.has_tags:
                headers |= {"ETag": etag, "OC-ETag": etag, "Last-Modified": _modified(source)}
            if is_part:  # no Accept-Ranges, as in the original
                headers["Content-Range"] = f"bytes {first}-{last}/{size}"
            headers["Content-Length"] = str(end if fault == "short" else length)
            self.send_response(206 if is_part else 200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self._log("GET", path, 206 if is_part else 200, fault)
            stream.seek(first)
            was_replaced = self._send(path, stream, end, length, wrong)
        if fault == "stall":
            self._wait_for_the_client()
        if fault in ("stall", "drop") or was_replaced:
            self._hang_up()

    def _send(self, path: str, stream: Any, end: int, length: int, wrong: int | None) -> bool:
        """Send ``end`` bytes; whether the file was replaced meanwhile, which ends the answer."""
        sent = 0
        self.wfile.flush()
        while sent < end:
            chunk = bytearray(stream.read(min(CHUNK, end - sent)))
            if wrong is not None and sent <= wrong < sent + len(chunk):
                chunk[wrong - sent] ^= 0x55
            self.share.count(path, len(chunk))
            try:
                self.connection.sendall(chunk)
            except OSError:  # the client has heard enough
                self.close_connection = True
                break
            sent += len(chunk)
            if sent >= length / 2 and length > SPARED and self.share.half_sent(path):
                return True
            if self.share.bytes_per_second:
                time.sleep(len(chunk) / self.share.bytes_per_second)
        return False

    def _fault(self, rng: Random, length: int, is_part: bool) -> str:
        fate = rng.random()
        for name in ("drop", "stall", "short", "corrupt", "ignore_range", "refuse"):
            fate -= getattr(self.share.faults, name)
            if fate < 0:
                spared = length <= SPARED and name != "refuse"
                return "" if spared or (name == "ignore_range" and not is_part) else name
        return ""

    def _refuse_busy(self, path: str, rng: Random, fault: str, may_hang_up: bool = False) -> None:
        way = rng.choice((429, 503, 0)) if may_hang_up else rng.choice((429, 503))
        if not way:
            self._log("GET", path, 0, fault)
            self._hang_up()
            return
        headers = {"Retry-After": "0"} if rng.random() < 0.5 else {}
        self._refuse("GET", path, way, "ServiceUnavailable", "Too many requests", fault, headers)

    def _refuse(
        self,
        method: str,
        path: str,
        status: int,
        exception: str,
        message: str,
        fault: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        body = (
            '<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:"'
            f' xmlns:s="http://sabredav.org/ns">\n  <s:exception>Sabre\\DAV\\Exception\\{exception}'
            f"</s:exception>\n  <s:message>{escape(message)}</s:message>\n</d:error>\n"
        ).encode()
        extra = dict(headers or {})
        if status == 401:
            extra["WWW-Authenticate"] = 'Basic realm="Nextcloud", charset="UTF-8"'
        self._log(method, path, status, fault)
        self._answer(status, body, extra)

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str], reason: str | None = None
    ) -> None:
        self.send_response(status, reason)
        self.send_header("Content-Type", "application/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "oc_sessionPassphrase=simulated; path=/; HttpOnly")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _multistatus(self, path: str, number: int, entries: list[tuple[str, Path]]) -> bytes:
        faults = self.share.faults
        blocks = []
        for name, source in entries:
            size = source.stat().st_size
            lies = number < faults.wrong_listings and source.is_file()
            rng = faults.rng("size", name, number)
            if lies and rng.random() < faults.wrong_size:
                size += rng.choice((-1, 1)) * rng.randrange(1, size)
            blocks.append(self._block(name, source, size))
        return (
            '<?xml version="1.0"?>\n<d:multistatus xmlns:d="DAV:"'
            ' xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns"'
            f' xmlns:nc="http://nextcloud.org/ns">{"".join(blocks)}</d:multistatus>\n'
        ).encode()

    def _block(self, name: str, source: Path, size: int) -> str:
        href = quote(f"{BASE}/{name}")
        dated = f"<d:getlastmodified>{_modified(source)}</d:getlastmodified>"
        tag = self.share.etag(source).replace('"', "&quot;")
        tagged = f"<d:getetag>{tag}</d:getetag>"
        told = dated + tagged if self.share.has_tags else ""
        if source.is_dir():
            href = href.rstrip("/") + "/"
            found = f"{told}<d:resourcetype><d:collection/></d:resourcetype>"
            absent = "<d:getcontentlength/>"
        else:
            length = f"<d:getcontentlength>{size}</d:getcontentlength>"
            found, absent = f"{told}{length}<d:resourcetype/>", ""
        absent += "" if self.share.has_tags else "<d:getlastmodified/><d:getetag/>"
        blocks = [("200 OK", found)] + ([("404 Not Found", absent)] if absent else [])
        stats = "".join(
            f"<d:propstat><d:prop>{prop}</d:prop><d:status>HTTP/1.1 {status}</d:status>"
            "</d:propstat>"
            for status, prop in blocks
        )
        return f"<d:response><d:href>{href}</d:href>{stats}</d:response>"

    def _log(self, method: str, path: str, status: int, fault: str = "") -> None:
        asked = self.headers.get("Range", "")
        self.share.requests.append(ShareRequest(method, path, asked, status, fault))

    def _wait_for_the_client(self) -> None:
        """Keep the connection open until the client hangs up, or the share is closed."""
        while not self.share.closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.02)
            if readable:
                return

    def _hang_up(self) -> None:
        self.close_connection = True
        try:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # the client was quicker
            pass


def _modified(source: Path) -> str:
    return formatdate(source.stat().st_mtime, usegmt=True)


def _range(asked: str, size: int) -> tuple[int, int]:
    """First and last byte of ``bytes=a-b``, ``bytes=a-`` or ``bytes=-n``."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.strip())
    if not match or not any(match.groups()):
        return 0, size - 1
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
