"""A simulator of the publishers of Brazil's code lists: IBGE and the Treasury."""

from simulators.reference.server import FAULTS, Fault, Server

__all__ = ["FAULTS", "Fault", "Server"]
