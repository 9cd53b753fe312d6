"""A simulator of Brazil's public company registry (CNPJ open data), and of where it is shared."""

from simulators.cnpj.share import Share, ShareFaults, ShareRequest
from simulators.cnpj.world import Event, Release, World, simulate

__all__ = [
    "Event",
    "Release",
    "Share",
    "ShareFaults",
    "ShareRequest",
    "World",
    "simulate",
]
