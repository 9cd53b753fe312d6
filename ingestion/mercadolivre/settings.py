"""What the user sets: variables ``MERCADOLIVRE__…``, or ``[mercadolivre]`` in dlt's TOML files."""

from functools import partial
from typing import ClassVar

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from warehouse.connection import PROJECT
from warehouse.settings import is_number, is_positive, is_url, missing, resolve, strip, wrong

SECTION = "mercadolivre"
_missing, _wrong = partial(missing, SECTION), partial(wrong, SECTION)


@configspec
class Settings(BaseConfiguration):
    """The app, its addresses and what to read. Take it from :func:`settings`, which checks it."""

    # Part of every name that is looked up: a stray API_URL must not receive the secret.
    __section__: ClassVar[str] = SECTION

    client_id: str = None
    client_secret: TSecretStrValue = None
    redirect_uri: str | None = None  # where consent leads to; signing in needs it, nothing else
    api_url: str = "https://api.mercadolibre.com"
    auth_url: str = "https://auth.mercadolivre.com.br"
    site: str = "MLB"
    requests_per_hour: int = 18_000  # of all workers together
    workers: int = 8
    timeout_seconds: float = 30.0  # to connect, and between two pieces of an answer
    # how old things may get before they are asked for again, whether they changed or not
    prices_max_age_hours: int = 20  # products and offers, too; at 24 a daily load would miss days
    users_max_age_days: int = 7
    visits_max_age_days: int = 7
    categories_max_age_days: int = 30
    items_sweep_days: int = 7  # between readings of all listings, not of the changed ones only
    categories: str = "used"  # those of listings and products, or "all"
    price_contexts: str = "channel_marketplace"  # several: separated by ";", commas are their own
    watchlist: str | None = str(PROJECT / "seeds" / "watched_products.csv")  # blank: none
    watch_own_catalogue: bool = True

    def parse_native_representation(self, native_value: object) -> None:
        raise ValueError("set its fields one by one")  # as when a variable MERCADOLIVRE exists

    def contexts(self) -> list[str]:
        """The price contexts, each as the API takes it."""
        return [part.strip() for part in self.price_contexts.split(";") if part.strip()]

    def needed_redirect_uri(self) -> str:
        """The redirect_uri. Raises UserError when it is not set."""
        if not self.redirect_uri:
            raise _missing(["redirect_uri"])
        return self.redirect_uri

    def on_resolved(self) -> None:
        """Check the values, and take the blanks around them away. Raises UserError."""
        strip(self)
        self.redirect_uri = self.redirect_uri or None
        self.watchlist = self.watchlist or None
        if absent := [name for name in ("client_id", "client_secret") if not self[name]]:
            raise _missing(absent)
        for name in ("api_url", "auth_url", "redirect_uri"):
            self._check_url(name)
        for name in self:
            value = self[name]
            is_age = "_age_" in name  # 0: every time
            if is_number(value) and not is_positive(value) and not (is_age and value == 0):
                raise _wrong(name, f"must be {'0 or ' if is_age else ''}more than 0")
        if not (self.site.isascii() and self.site.isalpha() and self.site.isupper()):
            raise _wrong("site", "must be capital letters, as in MLB")
        if self.categories not in ("used", "all"):
            raise _wrong("categories", "must be used or all")
        if not self.contexts():
            raise _wrong("price_contexts", "must name a context, as in channel_marketplace")

    def _check_url(self, name: str) -> None:
        if name == "redirect_uri":
            if self.redirect_uri and not is_url(self.redirect_uri, "https"):
                raise _wrong(name, "must be an https:// address, exactly as the app has it")
        elif not is_url(self[name], "http", "https"):
            raise _wrong(name, "must be an http:// or https:// address")
        else:
            self[name] = self[name].rstrip("/")


def settings() -> Settings:
    """The settings, complete and checked. Raises UserError, in one line, that names the variable.

    A variable goes before ``.dlt/secrets.toml``, that before ``.dlt/config.toml``.
    """
    return resolve(Settings())
