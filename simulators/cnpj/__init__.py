"""A simulator of Brazil's public company registry (CNPJ open data)."""

from simulators.cnpj.world import Event, Release, World, simulate

__all__ = ["Event", "Release", "World", "simulate"]
