"""Mercado Livre: own accounts and watched products, through the official API.

Into the warehouse, with ledger and dead letters: :func:`ingestion.mercadolivre.load.open_loader`.
As a dlt source on its own: see README.md beside this.
"""

from ingestion.mercadolivre.client import Budget, Client
from ingestion.mercadolivre.extract import Problems, chosen, extract
from ingestion.mercadolivre.known import Known
from ingestion.mercadolivre.resource import Run
from ingestion.mercadolivre.source import mercadolivre
from ingestion.mercadolivre.tables import Reader

__all__ = [
    "Budget", "Client", "Known", "Problems", "Reader", "Run", "chosen", "extract",
    "mercadolivre",
]  # fmt: skip
