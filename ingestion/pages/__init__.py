"""Public pages of watched products, for what the API does not tell, into ``raw_pages``.

Off until ``PAGES__ALLOWED_DOMAINS`` names the shops that may be asked.
"""

from importlib.util import find_spec

from warehouse import UserError

if not (find_spec("protego") and find_spec("selectolax")):
    raise UserError("pages need the extra pages: pip install 'armazem[pages]'")

from ingestion.pages.settings import Settings, settings  # noqa: E402

__all__ = ["Settings", "settings"]
