"""Who may be asked: the user's list of hosts, the marketplace's own, and private addresses."""

import ipaddress
import re
import socket
from dataclasses import dataclass

from urllib3.util import Url, parse_url

# Its developer policy: "No hacer web crawling, siempre trabajar con la API".
MARKETPLACE = re.compile(
    r"(?:^|\.)(?:mercadoli[bv]re|mercadopago|mercadoshops?|mlstatic)(?:\.[a-z]{2,3}){1,2}$"
    r"|(?:^|\.)meli\.la$"
)
# Nothing that two readers take differently: no name and password, no backslash, ASCII only
_AUTHORITY = r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?"
ADDRESS = re.compile(
    rf"https?://{_AUTHORITY}(?:[/?#][^\\\x00-\x1f\x7f]*)?", re.IGNORECASE | re.ASCII
)
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # 64:ff9b:1::/48 is a network's own


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
        if not re.fullmatch(_AUTHORITY, text, re.IGNORECASE | re.ASCII):
            raise ValueError(repr(text))
        parts = parse_address(f"http://{text}")
        return cls(_plain(parts.host), parts.port)

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
            parts = parse_address(url)
        except ValueError:
            raise Refused(f"{url!r} is no plain http:// or https:// address") from None
        self.require_host(parts.host, port_of(parts))

    def require_host(self, host: str, port: int) -> None:
        """Raise Refused unless the host may be asked, as far as its name tells."""
        host = _plain(host)
        if MARKETPLACE.search(host) and not self.allow_marketplace:
            raise Refused(
                f"{host} is the marketplace's own, whose policy is to use its API and not to crawl:"
                " PAGES__ALLOW_MARKETPLACE=true takes that upon you"
            )
        if not any(entry.covers(host, port) for entry in self.entries):
            raise Refused(f"{host} is not in PAGES__ALLOWED_DOMAINS")

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host that may be asked.

        Raises Refused when it may not, or one is private and no entry is so exact; OSError when the
        name has none.
        """
        self.require_host(host, port)
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
    if isinstance(found, ipaddress.IPv6Address):
        embedded = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in NAT64 else None
        embedded = embedded or found.ipv4_mapped or found.sixtofour
        if not embedded and found not in GLOBAL_UNICAST:
            return False
        found = embedded or found
    return found.is_global and not found.is_multicast


def domain(url: str) -> str:
    """The host of an address as it is counted: no ``www.``, a port only where it is unusual.

    Raises ValueError as :func:`parse_address`.
    """
    parts = parse_address(url)
    host = _plain(parts.host).removeprefix("www.")
    is_usual = port_of(parts) in (80, 443)
    return host if is_usual else f"{host}:{port_of(parts)}"


def parse_address(url: str) -> Url:
    """An http(s) address as urllib3, which connects, reads it.

    Raises ValueError when it is none, or one that others may read differently.
    """
    if not ADDRESS.fullmatch(url):
        raise ValueError(f"{url!r} is no plain http:// or https:// address")
    return parse_url(url)


def port_of(parts: Url) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _plain(host: str) -> str:
    """As it is compared: in lower case, without the brackets of IPv6 and the root's dot."""
    return host.strip("[]").rstrip(".").lower()


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
