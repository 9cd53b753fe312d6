"""Where the registry is published, and with how much patience it is fetched.

Variables ``CNPJ__…``, or ``[cnpj]`` in dlt's TOML files.
"""

from typing import ClassVar

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import BaseConfiguration

from warehouse.settings import require_positive_numbers, require_urls, resolve, strip


@configspec
class Settings(BaseConfiguration):
    """The share and how to treat it. Take it from :func:`settings`, which checks it."""

    __section__: ClassVar[str] = "cnpj"

    # The folder of the months, over WebDAV. Both have changed before, and may again.
    share_url: str = "https://arquivos.receitafederal.gov.br/public.php/webdav"
    share_token: str | None = "YggdBLfdninEJX9"  # public; blank: none is sent
    connections: int = 4  # at most; fewer once the server refuses
    stall_seconds: float = 45.0  # without a byte, after which a connection is given up
    attempts: int = 8  # one after the other without a byte more, after which a file is given up
    backoff_seconds: float = 1.0  # doubled with each of them

    def parse_native_representation(self, native_value: object) -> None:
        raise ValueError("set its fields one by one")  # as when a variable CNPJ exists

    def on_resolved(self) -> None:
        """Check the values, and take the blanks around them away. Raises UserError."""
        strip(self)
        require_urls(self, "share_url")
        self.share_url = self.share_url.rstrip("/")
        require_positive_numbers(self)


def settings() -> Settings:
    """The settings, complete and checked. Raises UserError, in one line, that names the variable.

    A variable goes before ``.dlt/secrets.toml``, that before ``.dlt/config.toml``.
    """
    return resolve(Settings())
