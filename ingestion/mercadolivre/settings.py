"""What the user sets: variables ``MERCADOLIVRE__…``, or ``[mercadolivre]`` in dlt's TOML files."""

import math
from typing import ClassVar
from urllib.parse import urlsplit

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigurationException,
    ConfigValueCannotBeCoercedException,
)
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from warehouse import UserError
from warehouse.connection import PROJECT

SECTION = "mercadolivre"
KINDS = {int: "a whole number", float: "a number", bool: "true or false"}


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
        for name in self:
            if isinstance(self[name], str):
                self[name] = self[name].strip()
        self.redirect_uri = self.redirect_uri or None
        self.watchlist = self.watchlist or None
        if missing := [name for name in ("client_id", "client_secret") if not self[name]]:
            raise _missing(missing)
        for name in ("api_url", "auth_url", "redirect_uri"):
            self._check_url(name)
        for name in self:
            value = self[name]
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            is_positive = is_number and math.isfinite(value) and value > 0
            is_age = "_age_" in name  # 0: every time
            if is_number and not is_positive and not (is_age and value == 0):
                raise _wrong(name, f"must be {'0 or ' if is_age else ''}more than 0")
        if not (self.site.isascii() and self.site.isalpha() and self.site.isupper()):
            raise _wrong("site", "must be capital letters, as in MLB")
        if self.categories not in ("used", "all"):
            raise _wrong("categories", "must be used or all")
        if not self.contexts():
            raise _wrong("price_contexts", "must name a context, as in channel_marketplace")

    def _check_url(self, name: str) -> None:
        if name == "redirect_uri":
            if self.redirect_uri and not _is_url(self.redirect_uri, "https"):
                raise _wrong(name, "must be an https:// address, exactly as the app has it")
        elif not _is_url(self[name], "http", "https"):
            raise _wrong(name, "must be an http:// or https:// address")
        else:
            self[name] = self[name].rstrip("/")


def settings() -> Settings:
    """The settings, complete and checked. Raises UserError, in one line, that names the variable.

    A variable goes before ``.dlt/secrets.toml``, that before ``.dlt/config.toml``.
    """
    try:
        return resolve_configuration(Settings())
    except ConfigFieldMissingException as error:
        raise _missing(error.fields) from None
    except ConfigValueCannotBeCoercedException as error:  # whose value may be a secret
        kind = KINDS.get(error.hint, "text")
        raise _wrong(error.field_name, f"must be {kind}") from None
    except ConfigurationException as error:
        raise UserError(f"{SECTION}: {' '.join(str(error).split())}") from None


def _variable(name: str) -> str:
    return f"{SECTION}__{name}".upper()


def _missing(names: list[str]) -> UserError:
    are = "is" if len(names) == 1 else "are"
    variables = " and ".join(map(_variable, names))
    return UserError(
        f"{SECTION}: {' and '.join(names)} {are} missing: set {variables} (see .env.example)"
    )


def _wrong(name: str, problem: str) -> UserError:
    return UserError(f"{SECTION}: {name} {problem}: check {_variable(name)}")


def _is_url(text: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0 and len(text.split()) == 1
        return parts.scheme in schemes and is_whole
    except ValueError:  # a bad port
        return False
