"""What the operator sets: variables ``API__…``, or ``[api]`` in dlt's TOML files."""

import ipaddress
from typing import ClassVar

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue
from limits import parse

from warehouse.settings import require_positive_numbers, resolve, strip, wrong

SHORTEST_SECRET = 32  # bytes of a SHA-256 key


@configspec
class Settings(BaseConfiguration):
    """How the API answers, and whom. Take it from :func:`settings`, which checks it."""

    __section__: ClassVar[str] = "api"

    open_reads: bool | None = None  # reads need no token; unset: so on loopback alone
    show_contacts: bool = False  # phones and mailboxes, where dbt published them
    secret_key: TSecretStrValue | None = None  # signs tokens; without it they end with the server
    token_minutes: int = 60
    rate_limit: str = "1200/minute"  # per client (user, or else address) and process
    login_rate_limit: str = "10/minute"  # likewise: a password takes time to check
    max_body_bytes: int = 65_536
    cors_origins: str = ""  # whose pages may ask: separated by blanks; *: all
    trusted_proxies: str = ""  # addresses whose X-Forwarded-For is believed, separated by commas
    cache_seconds: int = 300  # for which an answer may be kept without asking again
    max_age_days: str = ""  # of data, beyond which /readyz says no, as in "cnpj=60 mercadolivre=2"
    statement_timeout_seconds: float = 5.0
    read_connections: int = 8  # per process
    write_connections: int = 2

    def origins(self) -> list[str]:
        """The origins whose pages may ask."""
        return self.cors_origins.split()

    def ages(self) -> dict[str, int]:
        """The greatest age per source, in days. Raises ValueError when they cannot be read."""
        pairs = (pair.partition("=") for pair in self.max_age_days.split())
        return {source: int(days) for source, _, days in pairs}


def settings(host: str = "127.0.0.1") -> Settings:
    """The settings of a server at ``host``, complete and checked.

    Raises UserError that names the variable to set.
    """
    found = resolve(Settings())
    strip(found)
    require_positive_numbers(found)
    checks = {
        "rate_limit": (lambda: parse(found.rate_limit), "must be as in 600/minute"),
        "login_rate_limit": (lambda: parse(found.login_rate_limit), "must be as in 10/minute"),
        "max_age_days": (found.ages, 'must be as in "cnpj=60 mercadolivre=2"'),
    }
    for name, (check, problem) in checks.items():
        try:
            check()
        except ValueError:
            raise wrong("api", name, problem) from None
    if found.secret_key is not None and len(found.secret_key) < SHORTEST_SECRET:
        raise wrong("api", "secret_key", f"must have {SHORTEST_SECRET} characters or more")
    if found.open_reads is None:
        found.open_reads = _is_loopback(host)
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
