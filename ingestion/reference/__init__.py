"""Code lists of their official publishers, into ``raw_reference``.

IBGE's municipalities and economic activities (CNAE), and the Treasury's table that leads from the
municipalities of the Receita to those of IBGE.
"""

from ingestion.reference.settings import Settings, settings
from ingestion.reference.source import reference

__all__ = ["Settings", "reference", "settings"]
