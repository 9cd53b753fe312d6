"""A simulator of Brazil's public company registry (CNPJ open data), and of where it is shared."""

from simulators.cnpj.share import Share, ShareFaults, ShareRequest
from simulators.cnpj.world import (
    Address,
    Complement,
    Event,
    Partnership,
    Release,
    World,
    simulate,
)

__all__ = [
    "Address",
    "Complement",
    "Event",
    "Partnership",
    "Release",
    "Share",
    "ShareFaults",
    "ShareRequest",
    "World",
    "simulate",
]
