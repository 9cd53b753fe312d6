"""The official share: a folder of files per month, read over WebDAV.

It is a public share of a Nextcloud, whose token is the user name of Basic authentication. It
stalls, drops and refuses; a request is made once here, and
:mod:`ingestion.cnpj.download.patience` repeats it.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree

import requests
import urllib3
from requests.adapters import HTTPAdapter

from ingestion.cnpj.download.patience import Interrupted
from ingestion.cnpj.download.settings import Settings
from ingestion.cnpj.layout import KINDS
from ingestion.cnpj.release import MONTH
from ingestion.retries import retry_after
from warehouse import UserError
from warehouse.errors import root_cause

ARCHIVES = [archive for kind in KINDS for archive in kind.archives]  # 37, without ending
CHUNK = 1 << 18  # bytes
LARGEST_LISTING = 16 << 20  # bytes; a month's is 20 KB
TRANSIENT = {408, 423, 425, 429}  # beside 5xx; 423: somebody is writing there
PROPERTIES = b"""<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:"><d:prop><d:resourcetype/><d:getcontentlength/><d:getlastmodified/>\
<d:getetag/></d:prop></d:propfind>"""


@dataclass(frozen=True)
class SharedFile:
    """A file as the share lists it; ``etag`` and ``modified`` are empty where it tells none."""

    archive: str  # official name, without ending
    size: int  # bytes
    etag: str
    modified: str
    url: str

    @property
    def name(self) -> str:
        return f"{self.archive}.zip"


class NotShared(Exception):  # noqa: N818
    """What is asked for, a folder, a file or a part of it, is not or no longer on the share."""


class Share:
    """The share that the settings name. Use as a context manager; safe for threads.

    What another attempt may cure raises Interrupted, what is not there NotShared, and what the
    user has to mend UserError.
    """

    def __init__(self, settings: Settings):
        self.url = settings.share_url
        self.has_answered = False
        self._is_let_in = False  # whether it took the token once
        self._stall = settings.stall_seconds
        self._session = requests.Session()
        self._session.headers.update(
            {
                "User-Agent": "armazem",
                "X-Requested-With": "XMLHttpRequest",  # some versions insist, of public shares
                "Accept-Encoding": "identity",  # sizes and ranges are to be those of the file
            }
        )
        if settings.share_token:
            self._session.auth = (settings.share_token, "")
        # The server locks a session while it answers: without cookies every request is its own.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(urlsplit(self.url).hostname or "", settings.connections)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def __enter__(self) -> "Share":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def months(self) -> list[str]:
        """The folders that are named like a month, oldest first."""
        try:
            listed = self._list(f"{self.url}/")
        except NotShared:
            raise UserError(
                f"there is no share at {self.url}: check CNPJ__SHARE_URL and CNPJ__SHARE_TOKEN"
            ) from None
        names = (_name(entry) for entry in listed if _is_folder(entry))
        return sorted(name for name in names if MONTH.fullmatch(name))

    def files(self, month: str) -> dict[str, SharedFile]:
        """The registry files of a month that have content, by official name without ending."""
        official = {f"{archive}.zip".lower(): archive for archive in ARCHIVES}
        found = {}
        for entry in self._list(f"{self.url}/{month}/"):
            archive = official.get(_name(entry).lower())
            size = _property(entry, "getcontentlength")
            if archive and size.isdigit() and int(size) and not _is_folder(entry):
                found[archive] = SharedFile(
                    archive,
                    int(size),
                    _property(entry, "getetag"),
                    _property(entry, "getlastmodified"),
                    f"{self.url}/{month}/{quote(_name(entry))}",
                )
        return found

    @contextmanager
    def open(
        self, file: SharedFile, start: int = 0, end: int | None = None, validator: str = ""
    ) -> Iterator[requests.Response]:
        """The answer to a GET, 200 or 206, from byte ``start`` to ``end`` (included) or the last.

        With a ``validator`` the range is asked for only if the file is still what it names.
        """
        headers = {}
        if start or end is not None:
            headers["Range"] = f"bytes={start}-{'' if end is None else end}"
            if validator:
                headers["If-Range"] = validator
        with self._ask("GET", file.url, headers=headers) as response:
            if response.status_code not in (200, 206):
                raise self._unexpected(response)
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise Interrupted("the answer is compressed, which was not asked for")
            yield response

    def read(self, file: SharedFile, start: int, end: int) -> bytes:
        """The bytes ``start`` to ``end`` (included) of a file, fewer where it ends before."""
        with self.open(file, start, end) as response:
            first = content_range(response)[0] if response.status_code == 206 else 0
            if first != start:
                raise Interrupted("another part of the file came than was asked for")
            data = bytearray()
            for chunk in chunks(response):
                data += chunk
                if len(data) > end - start:  # all of the file is coming: the rest stays there
                    break
        return bytes(data[: end - start + 1])

    @contextmanager
    def _ask(self, method: str, url: str, **options: Any) -> Iterator[requests.Response]:
        try:
            response = self._session.request(
                method, url, timeout=self._stall, stream=True, allow_redirects=False, **options
            )
        except requests.Timeout:
            raise Interrupted(f"no answer for {self._stall:g} s") from None
        except requests.RequestException as error:
            raise Interrupted(_reason(error)) from None
        self.has_answered = True
        with response:
            yield response

    def _list(self, url: str) -> list[ElementTree.Element]:
        """What a listing of a folder holds: the folder itself, and what is in it."""
        headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        with self._ask("PROPFIND", url, headers=headers, data=PROPERTIES) as response:
            if response.status_code != 207:
                raise self._unexpected(response)
            body = bytearray()
            for chunk in chunks(response):
                body += chunk
                if len(body) > LARGEST_LISTING:
                    raise UserError(f"{url} lists more than can be: check CNPJ__SHARE_URL")
        # A listing has no entities to expand; a document that declares some is not one.
        if b"<!DOCTYPE" in body:
            raise UserError(f"{url} answers with something else than a listing")
        try:
            entries = ElementTree.fromstring(bytes(body)).findall("{DAV:}response")
        except ElementTree.ParseError:
            raise Interrupted("the listing is malformed") from None
        if not entries:
            raise Interrupted("the listing is empty")
        self._is_let_in = True
        return entries

    def _unexpected(self, response: requests.Response) -> Exception:
        """The error that an answer stands for."""
        status = response.status_code
        said = f"{status} {response.reason or ''}".strip()
        if status in (404, 410, 416):
            return NotShared(said)
        is_busy = status in (401, 403) and self._is_let_in
        if status in TRANSIENT or status >= 500 or is_busy:
            return Interrupted(said, retry_after(response))
        if status in (401, 403):
            return UserError(
                f"{self.url} refuses the token ({said}): see which share the Receita has now and"
                " set CNPJ__SHARE_TOKEN"
            )
        if status in (301, 302, 303, 307, 308):
            to = response.headers.get("Location", "somewhere")
            return UserError(f"{self.url} has moved to {to}: set CNPJ__SHARE_URL")
        return UserError(f"{self.url} does not answer as a share does ({said}): is it the address?")


def chunks(response: requests.Response) -> Iterator[bytes]:
    """The body as it comes in, so that of an answer that breaks off nothing is lost."""
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=False):
            yield chunk
    except urllib3.exceptions.ReadTimeoutError:
        raise Interrupted("the server stalled") from None
    except urllib3.exceptions.HTTPError as error:
        raise Interrupted(f"the connection broke off ({_reason(error)})") from None


def content_range(response: requests.Response) -> tuple[int, int | None]:
    """First byte of a 206 answer and size of the whole file, None where that is not told.

    Raises Interrupted when the answer does not say.
    """
    told = response.headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", told.strip())
    if not match:
        raise Interrupted(f"a part of the file without saying which ({told or 'no header'})")
    return int(match[1]), None if match[2] == "*" else int(match[2])


class _Adapter(HTTPAdapter):
    """Connects over IPv4 where host and machine have it: over IPv6 the server times out."""

    def __init__(self, host: str, connections: int):
        try:
            socket.getaddrinfo(host, None, socket.AF_INET, flags=socket.AI_ADDRCONFIG)
            self._own_address = ("0.0.0.0", 0)  # to which no IPv6 socket can be bound
        except OSError:
            self._own_address = None
        super().__init__(pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, source_address=self._own_address, **options)


def _href(entry: ElementTree.Element) -> str:
    return (entry.findtext("{DAV:}href") or "").strip()


def _name(entry: ElementTree.Element) -> str:
    return unquote(urlsplit(_href(entry)).path).rstrip("/").rpartition("/")[2]


def _property(entry: ElementTree.Element, name: str) -> str:
    """A property's text; empty where there is none, as in the block of those not found."""
    found = entry.findall(f"{{DAV:}}propstat/{{DAV:}}prop/{{DAV:}}{name}")
    return next((text for each in found if (text := (each.text or "").strip())), "")


def _is_folder(entry: ElementTree.Element) -> bool:
    kind = "{DAV:}propstat/{DAV:}prop/{DAV:}resourcetype/{DAV:}collection"
    return entry.find(kind) is not None


def _reason(error: BaseException) -> str:
    cause = root_cause(error)
    return str(cause) or type(cause).__name__
