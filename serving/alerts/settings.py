"""Where alerts are sent, and with how much patience.

Variables ``ALERTS__…``, or ``[alerts]`` in dlt's TOML files.
"""

import re
from typing import ClassVar

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from warehouse.settings import require_positive_numbers, require_urls, resolve, strip, wrong


@configspec
class Settings(BaseConfiguration):
    """The channels and how to treat them. Take it from :func:`settings`, which checks it."""

    __section__: ClassVar[str] = "alerts"

    telegram_token: TSecretStrValue = ""  # of the bot; blank: none
    telegram_url: str = "https://api.telegram.org"
    apprise_urls: TSecretStrValue = ""  # name=address, separated by blanks
    timeout_seconds: float = 30.0  # to connect, and for an answer
    daily_cap: int = 20  # messages a day to one destination; the others wait for its digest
    attempts: int = 8  # that fail for a while, before a message is a dead letter
    backoff_seconds: float = 30.0  # before the second of them; doubled with each
    patience_seconds: float = 60.0  # how long a run waits for what is due later
    repeat_uncertain: bool = False  # send again what may have arrived

    def parse_native_representation(self, native_value: object) -> None:
        raise ValueError("set its fields one by one")  # as when a variable ALERTS exists

    def on_resolved(self) -> None:
        """Check the values, and take the blanks around them away. Raises UserError."""
        strip(self)
        require_urls(self, "telegram_url")
        self.telegram_url = self.telegram_url.rstrip("/")
        require_positive_numbers(self)
        if self.telegram_token and not re.fullmatch(r"\d+:[\w-]+", self.telegram_token, re.ASCII):
            raise wrong("alerts", "telegram_token", "must look like 123456:AbC-dEf")
        self.addresses()

    def addresses(self) -> dict[str, str]:
        """The addresses of apprise by their name. Raises UserError, which shows none of them."""
        pairs = [pair.partition("=") for pair in self.apprise_urls.split()]
        if not all(name and "://" in address for name, _, address in pairs):
            raise wrong("alerts", "apprise_urls", "must be name=address, separated by blanks")
        return {name: address for name, _, address in pairs}


def settings() -> Settings:
    """The settings, complete and checked. Raises UserError, in one line, that names the variable.

    A variable goes before ``.dlt/secrets.toml``, that before ``.dlt/config.toml``.
    """
    return resolve(Settings())
