"""Who may be asked: the user's list of hosts, the marketplace's own, and private addresses."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

# Its developer policy: "No hacer web crawling, siempre trabajar con la API".
MARKETPLACE = re.compile(
    r"(?:^|\.)(?:mercadoli[bv]re|mercadopago|mercadoshops?|mlstatic)(?:\.[a-z]{2,3}){1,2}$"
    r"|(?:^|\.)meli\.la$"
)


class Refused(Exception):  # noqa: N818
    """A host that must not be asked, and why."""


@dataclass(frozen=True)
class Entry:
    """A line of the allow-list: a domain with all below it, or exactly one host.

    With a port, or as an address, it names exactly that host, wherever it is: only such an entry
    opens private and loopback addresses.
    """

    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> "Entry":
        """Raises ValueError when it is no host with or without a port."""
        parts = urlsplit(f"//{text}")
        if not parts.hostname or parts.netloc != text or parts.username is not None:
            raise ValueError(repr(text))
        return cls(_plain(parts.hostname), parts.port)

    @property
    def is_exact(self) -> bool:
        return self.port is not None or self.host == "localhost" or _address(self.host) is not None

    def covers(self, host: str, port: int) -> bool:
        if self.is_exact:
            return host == self.host and self.port in (None, port)
        return host == self.host or host.endswith(f".{self.host}")


@dataclass(frozen=True)
class Hosts:
    """The allow-list, and whether the marketplace's own hosts may be on it."""

    entries: tuple[Entry, ...]
    allow_marketplace: bool = False

    def require(self, url: str) -> None:
        """Raise Refused unless the address may be asked for, as far as its name tells."""
        try:
            parts = urlsplit(url)
            host, port = _plain(parts.hostname or ""), port_of(parts)
        except ValueError:
            raise Refused(f"{url!r} is no address") from None
        if parts.scheme not in ("http", "https") or not host:
            raise Refused(f"{url!r} is no http:// or https:// address")
        if MARKETPLACE.search(host) and not self.allow_marketplace:
            raise Refused(
                f"{host} is the marketplace's own, whose policy is to use its API and not to crawl:"
                " PAGES__ALLOW_MARKETPLACE=true takes that upon you"
            )
        if not any(entry.covers(host, port) for entry in self.entries):
            raise Refused(f"{host} is not in PAGES__ALLOWED_DOMAINS")

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host. Raises Refused when one is private and no entry is so exact.

        Raises OSError when the name has none.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(info[4][0] for info in found))
        is_named = any(
            entry.is_exact and entry.covers(_plain(host), port) for entry in self.entries
        )
        if not is_named and not all(map(is_public, addresses)):
            raise Refused(f"{host} leads to the private address {addresses[0]}")
        return addresses


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet."""
    found = _address(address.partition("%")[0])
    if found is None:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    found = mapped or found
    return found.is_global and not found.is_multicast


def domain(url: str) -> str:
    """The host of an address as it is counted: no ``www.``, a port only where it is unusual."""
    parts = urlsplit(url)
    host = _plain(parts.hostname or "").removeprefix("www.")
    is_usual = port_of(parts) in (80, 443)
    return host if is_usual else f"{host}:{port_of(parts)}"


def port_of(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _plain(host: str) -> str:
    """In lower case, as DNS knows it. Raises ValueError when it is no name."""
    host = host.rstrip(".").lower()
    return host if host.isascii() else host.encode("idna").decode()


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
