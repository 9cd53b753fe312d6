"""Public pages of watched products, for what the API does not tell, into ``raw_pages``.

Off until ``PAGES__ALLOWED_DOMAINS`` names the shops that may be asked.
"""

from ingestion.pages.settings import Settings, settings

__all__ = ["Settings", "settings"]
