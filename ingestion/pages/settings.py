"""What the user sets: variables ``PAGES__…``, or ``[pages]`` in dlt's TOML files."""

from functools import partial
from typing import ClassVar

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import BaseConfiguration

from ingestion.pages.attributes import ATTRIBUTES
from ingestion.pages.hosts import Entry, Hosts
from warehouse import UserError
from warehouse.connection import PROJECT
from warehouse.settings import is_number, is_positive, resolve, strip, wrong

SECTION = "pages"
OFF = (
    "pages are off: name the shops that may be asked, as in"
    " PAGES__ALLOWED_DOMAINS=loja.example,fabricante.example, and their pages in"
    " seeds/watched_pages.csv (ingestion/pages/README.md)"
)
_wrong = partial(wrong, SECTION)


@configspec
class Settings(BaseConfiguration):
    """Whom to ask, for what, how gently. Take it from :func:`settings`, which checks it."""

    __section__: ClassVar[str] = SECTION

    allowed_domains: str = ""  # with commas between them; blank: off
    allow_marketplace: bool = False
    watchlist: str | None = str(PROJECT / "seeds" / "watched_pages.csv")
    attributes: str = ""  # those worth a look at a page; blank: all
    user_agent: str = "armazem/0.1 (reads product pages of a watch-list)"
    delay_seconds: float = 5.0  # between two requests to a host; up to half as much more, by chance
    patience_seconds: float = 120.0  # a host that wants to wait longer is left to the next load
    max_age_hours: int = 168  # then a page is asked again, whether it changed or not; 0: always
    timeout_seconds: float = 30.0  # of a whole answer
    largest_bytes: int = 5_000_000  # of a page, unpacked
    browser: bool = False  # run the scripts of pages that tell nothing without

    def parse_native_representation(self, native_value: object) -> None:
        raise ValueError("set its fields one by one")  # as when a variable PAGES exists

    def hosts(self) -> Hosts:
        """Who may be asked. Raises UserError in one line when nobody may: then pages are off."""
        entries = tuple(map(Entry.parse, filter(None, _names(self.allowed_domains))))
        if not entries:
            raise UserError(OFF)
        return Hosts(entries, self.allow_marketplace)

    def wanted(self) -> frozenset[str]:
        """The attributes for which a page is worth a look."""
        return frozenset(_names(self.attributes)) or frozenset(a.name for a in ATTRIBUTES)

    def on_resolved(self) -> None:
        """Check the values, and take the blanks around them away. Raises UserError."""
        strip(self)
        self.watchlist = self.watchlist or None
        for name in self:
            if not is_number(self[name]) or is_positive(self[name]):
                continue
            if name != "max_age_hours" or self[name] != 0:
                raise _wrong(name, "must be more than 0")
        try:
            tuple(map(Entry.parse, _names(self.allowed_domains)))
        except ValueError as error:
            raise _wrong("allowed_domains", f"must be names of hosts: {error}") from None
        if unknown := sorted(self.wanted() - {a.name for a in ATTRIBUTES}):
            raise _wrong("attributes", f"has {unknown[0]!r}, which is none of them")
        if not self.user_agent.isascii() or not self.user_agent.isprintable():
            raise _wrong("user_agent", "must be printable ASCII")


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def settings() -> Settings:
    """The settings, complete and checked. Raises UserError, in one line, that names the variable.

    A variable goes before ``.dlt/secrets.toml``, that before ``.dlt/config.toml``.
    """
    return resolve(Settings())
