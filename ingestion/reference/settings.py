"""Where the code lists are published, and with how much patience they are asked for.

Variables ``REFERENCE__…``, or ``[reference]`` in dlt's TOML files.
"""

from typing import ClassVar

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import BaseConfiguration

from warehouse.settings import require_positive_numbers, require_urls, resolve, strip


@configspec
class Settings(BaseConfiguration):
    """The publishers and how to treat them. Take it from :func:`settings`, which checks it."""

    __section__: ClassVar[str] = "reference"

    ibge_url: str = "https://servicodados.ibge.gov.br/api"
    tabmun_url: str = (
        "https://www.tesourotransparente.gov.br/ckan/dataset/abb968cb-3710-4f85-89cf-875c91b9c7f6"
        "/resource/eebb3bc6-9eea-4496-8bcf-304f33155282/download/tabmun.csv"
    )
    timeout_seconds: float = 60.0  # to connect, and between two pieces of an answer
    attempts: int = 5  # of a request, before it is given up
    backoff_seconds: float = 1.0  # before the second of them; doubled with each

    def parse_native_representation(self, native_value: object) -> None:
        raise ValueError("set its fields one by one")  # as when a variable REFERENCE exists

    def on_resolved(self) -> None:
        """Check the values, and take the blanks around them away. Raises UserError."""
        strip(self)
        require_urls(self, "ibge_url", "tabmun_url")
        self.ibge_url = self.ibge_url.rstrip("/")
        require_positive_numbers(self)


def settings() -> Settings:
    """The settings, complete and checked. Raises UserError, in one line, that names the variable.

    A variable goes before ``.dlt/secrets.toml``, that before ``.dlt/config.toml``.
    """
    return resolve(Settings())
